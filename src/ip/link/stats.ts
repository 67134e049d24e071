/**
 * ip/link/stats.ts - the counters of a link: with -s packets and what went wrong, with -s -s in what way.
 *
 * struct rtnl_link_stats64 is an array of u64. In text each line of heads is followed by one of numbers, in columns as
 * wide as the wider of the two.
 */
import * as uapi from '../../abi/uapi.js';
import { u64, type Attrs } from '../attrs.js';
import type { Printer } from '../printer.js';
import type { Session } from '../session.js';

/** Fields of struct rtnl_link_stats64, by place. */
const FIELDS = [
  ...(['rxPackets', 'txPackets', 'rxBytes', 'txBytes', 'rxErrors', 'txErrors'] as const),
  ...(['rxDropped', 'txDropped', 'multicast', 'collisions', 'rxLength', 'rxOver', 'rxCrc'] as const),
  ...(['rxFrame', 'rxFifo', 'rxMissed', 'txAborted', 'txCarrier', 'txFifo', 'txHeartbeat'] as const),
  'txWindow',
] as const;
type Stats = Readonly<Record<(typeof FIELDS)[number] | 'carrierChanges', number>>;

/** A column of text: its head, its field, and its least width. */
type Column = readonly [head: string, field: keyof Stats, width: number];

const RX: readonly Column[] = [
  ['bytes', 'rxBytes', 6],
  ['packets', 'rxPackets', 7],
  ['errors', 'rxErrors', 6],
  ['dropped', 'rxDropped', 7],
  ['missed', 'rxMissed', 7],
  ['mcast', 'multicast', 7],
];
const RX_ERRORS: readonly Column[] = [
  ['length', 'rxLength', 7],
  ['crc', 'rxCrc', 6],
  ['frame', 'rxFrame', 7],
  ['fifo', 'rxFifo', 7],
  ['overrun', 'rxOver', 7],
];
const TX: readonly Column[] = [
  ['bytes', 'txBytes', 6],
  ['packets', 'txPackets', 7],
  ['errors', 'txErrors', 6],
  ['dropped', 'txDropped', 7],
  ['carrier', 'txCarrier', 7],
  ['collsns', 'collisions', 7],
];
const TX_ERRORS: readonly Column[] = [
  ['aborted', 'txAborted', 7],
  ['fifo', 'txFifo', 6],
  ['window', 'txWindow', 7],
  ['heartbt', 'txHeartbeat', 7],
  ['transns', 'carrierChanges', 7],
];
/** Where the head of compressed packets would be, which nobody here has. */
const NO_COMPRESSED = ' '.repeat(11);

/** Keys of JSON: always, and with -s -s. */
const RX_KEYS = {
  bytes: 'rxBytes',
  packets: 'rxPackets',
  errors: 'rxErrors',
  dropped: 'rxDropped',
  over_errors: 'rxOver',
  multicast: 'multicast',
} as const;
const RX_ERROR_KEYS = {
  length_errors: 'rxLength',
  crc_errors: 'rxCrc',
  frame_errors: 'rxFrame',
  fifo_errors: 'rxFifo',
  missed_errors: 'rxMissed',
} as const;
const TX_KEYS = {
  bytes: 'txBytes',
  packets: 'txPackets',
  errors: 'txErrors',
  dropped: 'txDropped',
  carrier_errors: 'txCarrier',
  collisions: 'collisions',
} as const;
const TX_ERROR_KEYS = {
  aborted_errors: 'txAborted',
  fifo_errors: 'txFifo',
  window_errors: 'txWindow',
  heartbeat_errors: 'txHeartbeat',
  carrier_changes: 'carrierChanges',
} as const;

/** Writes the counters of a link, if it tells them: four lines or eight, without the newline behind them. */
export function printStats({ out, options }: Session, attrs: Attrs): void {
  const stats = readStats(attrs);
  if (stats === undefined) return;
  const isFull = options.stats > 1;
  if (out.json) {
    out.openObject('stats64');
    printObject(out, 'rx', stats, isFull ? { ...RX_KEYS, ...RX_ERROR_KEYS } : RX_KEYS);
    printObject(out, 'tx', stats, isFull ? { ...TX_KEYS, ...TX_ERROR_KEYS } : TX_KEYS);
    return out.closeObject();
  }
  const lines = [columnsText(out, '    RX:', stats, RX, NO_COMPRESSED)];
  if (isFull) lines.push(columnsText(out, '    RX errors:', stats, RX_ERRORS));
  lines.push(columnsText(out, '    TX:', stats, TX, NO_COMPRESSED));
  if (isFull) lines.push(columnsText(out, '    TX errors:', stats, TX_ERRORS));
  out.text(lines.join(out.lineEnd));
}

function readStats(attrs: Attrs): Stats | undefined {
  const bytes = attrs.bytes(uapi.IFLA_STATS64);
  if (bytes === undefined || bytes.length < 8 * FIELDS.length) return undefined;
  const fields = FIELDS.map((field, i) => [field, u64(bytes, 8 * i)] as const);
  return {
    ...(Object.fromEntries(fields) as Record<(typeof FIELDS)[number], number>),
    carrierChanges: attrs.u32(uapi.IFLA_CARRIER_CHANGES) ?? 0,
  };
}

function printObject(
  out: Printer,
  key: string,
  stats: Stats,
  keys: Readonly<Record<string, keyof Stats>>,
): void {
  out.openObject(key);
  for (const [name, field] of Object.entries(keys)) out.put(name, stats[field]);
  out.closeObject();
}

/** A line of heads and one of numbers. */
function columnsText(
  out: Printer,
  title: string,
  stats: Stats,
  columns: readonly Column[],
  end = '',
): string {
  let heads = title;
  let numbers = ' '.repeat(title.length);
  for (const [head, field, least] of columns) {
    const text = String(stats[field]);
    const width = Math.max(least, text.length);
    heads += ` ${head.padStart(width)}`;
    numbers += ` ${text.padStart(width)}`;
  }
  return `${heads}${end}${out.lineEnd}${numbers} `;
}

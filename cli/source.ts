/**
 * cli/source.ts - routes from a file: what `ip route save`, `ip -j route` or `ip route show` wrote, gzip or not.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Netns, type Change } from 'hoptrie';
import { parseRouteJson, parseRouteText } from 'hoptrie/text';
import { ROUTE_SAVE_MAGIC, changeFromMessage, messages, routeSaveMessages, uapi } from 'hoptrie/wire';
import type { Output } from './output.js';

/** A file of routes in a Netns. */
export interface Loaded {
  readonly ns: Netns;
  readonly format: 'ip route save' | 'ip -j route' | 'ip route show' | 'netlink messages';
  /** Routes that the Netns took. */
  readonly routes: number;
  /** IPv6 routes and messages of other kinds, which were passed over. */
  readonly skipped: number;
  /** Bytes of the file, unpacked. */
  readonly bytes: number;
  readonly readMs: number;
  readonly loadMs: number;
}

/** Routes between two steps of the progress bar. */
const STEP = 4096;

/**
 * Reads a file and loads it as a source that is believed: the order of equal routes is kept.
 * @throws {FibError | WireError} with the place in the file; system errors of the file itself
 */
export function loadFile(path: string, output: Output): Loaded {
  const start = performance.now();
  const file = readFileSync(path);
  const bytes = file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file;
  const { format, changes } = decode(bytes);
  const readMs = performance.now() - start;
  const ns = Netns.create();
  const progress = output.progress('loading', changes.length);
  let routes = 0;
  let skipped = 0;
  changes.forEach((change, i) => {
    if (change === undefined || (change.kind === 'route' && change.route.family !== uapi.AF_INET)) skipped++;
    else if (ns.apply(change) && change.kind === 'route') routes++;
    if (i % STEP === 0) progress.at(i);
  });
  progress.stop();
  return { ns, format, routes, skipped, bytes: bytes.length, readMs, loadMs: performance.now() - start - readMs };
}

/** The changes in a file, undefined for messages that hold none. */
function decode(bytes: Uint8Array): { format: Loaded['format']; changes: (Change | undefined)[] } {
  const magic = bytes.length >= 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  if (magic === ROUTE_SAVE_MAGIC) return { format: 'ip route save', changes: binary(routeSaveMessages(bytes)) };
  // The third word of a netlink message is its type, a number below 256: no text has a zero byte there.
  if (bytes.length >= 16 && bytes[5] === 0) return { format: 'netlink messages', changes: binary(messages(bytes)) };
  const text = new TextDecoder().decode(bytes);
  const isJson = text.trimStart().startsWith('[');
  const options = /\btable\b/.test(text) ? ({ table: 'main' } as const) : {}; // `table all` leaves main's name out
  const routes = isJson ? parseRouteJson(text, options) : parseRouteText(text, options);
  const changes = routes.map((route): Change => ({ kind: 'route', op: 'append', route }));
  return { format: isJson ? 'ip -j route' : 'ip route show', changes };
}

function binary(list: Iterable<Parameters<typeof changeFromMessage>[0]>): (Change | undefined)[] {
  return Array.from(list, (message) => changeFromMessage({ ...message, flags: message.flags | uapi.NLM_F_MULTI }));
}

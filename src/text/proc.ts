/**
 * text/proc.ts - the text of /proc/net/fib_trie, fib_triestat (PROC-1..15) and route (PROC-17..21), from plain rows.
 */
import { RT_TABLE_LOCAL, RT_TABLE_MAIN } from '../abi/uapi.js';
import { ROUTE_TYPES, type Route } from '../model/route.js';
import { formatAddress4, parseAddress4 } from './address.js';
import { mask4, parsePrefix4 } from './prefix.js';

/** A branch of the trie. */
export interface TnodeRow {
  readonly kind: 'tnode';
  /** Tnodes above and including this one. */
  readonly depth: number;
  readonly key: number;
  /** 32 - pos - bits. */
  readonly length: number;
  readonly bits: number;
  readonly full: number;
  readonly empty: number;
}

/** A leaf of the trie; its aliases follow. */
export interface LeafRow {
  readonly kind: 'leaf';
  readonly depth: number;
  readonly key: number;
}

/** A route at the leaf before it. */
export interface AliasRow {
  readonly kind: 'alias';
  readonly depth: number;
  readonly length: number;
  readonly scope: number;
  readonly type: number;
  readonly tos: number;
}

/** One line of a trie, in pre-order. */
export type ShapeRow = TnodeRow | LeafRow | AliasRow;

/** The figures of one table's trie. */
export interface TrieShape {
  readonly table: number;
  /** Routes of this table; a trie shared with another table may hold more. */
  readonly routes: number;
  readonly leaves: number;
  /** Routes in the trie: aliases. */
  readonly prefixes: number;
  readonly tnodes: number;
  /** Number of tnodes by their bits; index 0 is unused. */
  readonly tnodesByBits: readonly number[];
  /** Slots of all tnodes. */
  readonly pointers: number;
  readonly nullPointers: number;
  readonly maxDepth: number;
  /** Sum over all leaves of the tnodes above them. */
  readonly totalDepth: number;
}

// Sizes that the kernel prints and adds up, on a 64-bit machine (PROC-11, PROC-15).
const LEAF_BYTES = 48;
const ALIAS_BYTES = 56;
const TNODE_BYTES = 40;
const POINTER_BYTES = 8;

const SCOPE_WORDS = new Map([
  [0, 'universe'],
  [200, 'site'],
  [253, 'link'],
  [254, 'host'],
  [255, 'nowhere'],
]);

/** Heading of a table's section, with its newline (PROC-2): other ids are printed as signed numbers. */
function heading(table: number): string {
  if (table === RT_TABLE_LOCAL) return 'Local:\n';
  return table === RT_TABLE_MAIN ? 'Main:\n' : `Id ${table | 0}:\n`;
}

/** The section of one table in fib_trie: nothing for an empty trie (PROC-1). */
export function formatTrie(table: number, rows: Iterable<ShapeRow>): string {
  let text = '';
  for (const row of rows) text += formatRow(row);
  return text === '' ? '' : heading(table) + text;
}

/** One line, PROC-5..7. */
function formatRow(row: ShapeRow): string {
  const indent = '   '.repeat(
    row.kind === 'tnode' ? row.depth - 1 : row.kind === 'leaf' ? row.depth : row.depth + 1,
  );
  switch (row.kind) {
    case 'tnode':
      return `${indent}  +-- ${formatAddress4(row.key)}/${row.length} ${row.bits} ${row.full} ${row.empty}\n`;
    case 'leaf':
      return `${indent}  |-- ${formatAddress4(row.key)}\n`;
    case 'alias': {
      const scope = SCOPE_WORDS.get(row.scope) ?? `scope=${row.scope}`;
      const type = ROUTE_TYPES[row.type]?.toUpperCase() ?? `type ${row.type}`;
      const tos = row.tos === 0 ? '' : ` tos=${row.tos}`;
      return `${indent}  /${row.length} ${scope} ${type}${tos}\n`;
    }
  }
}

/** The whole of fib_triestat (PROC-11..15). */
export function formatTriestat(shapes: Iterable<TrieShape>): string {
  let text = `Basic info: size of leaf: ${LEAF_BYTES} bytes, size of tnode: ${TNODE_BYTES} bytes.\n`;
  for (const shape of shapes) text += formatFigures(shape);
  return text;
}

function formatFigures(s: TrieShape): string {
  const depth = s.leaves === 0 ? 0 : Math.floor((s.totalDepth * 100) / s.leaves);
  const average = `${Math.floor(depth / 100)}.${String(depth % 100).padStart(2, '0')}`;
  const bits = s.tnodesByBits.map((n, i) => (n === 0 ? '' : `  ${i}: ${n}`)).join('');
  const bytes =
    LEAF_BYTES * s.leaves + ALIAS_BYTES * s.prefixes + TNODE_BYTES * s.tnodes + POINTER_BYTES * s.pointers;
  return (
    heading(s.table) +
    `\tAver depth:     ${average}\n` +
    `\tMax depth:      ${s.maxDepth}\n` +
    `\tLeaves:         ${s.leaves}\n` +
    `\tPrefixes:       ${s.prefixes}\n` +
    `\tInternal nodes: ${s.tnodes}\n` +
    `\t${bits}\n` +
    `\tPointers: ${s.pointers}\n` +
    `Null ptrs: ${s.nullPointers}\n` +
    `Total size: ${Math.floor((bytes + 1023) / 1024)}  kB\n`
  );
}

/** Bytes of a line of net/route without its newline. */
const ROUTE_LINE = 127;
const ROUTE_HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
/** RTF_* flags of net/route (PROC-20). */
const RTF_UP = 1;
const RTF_GATEWAY = 2;
const RTF_HOST = 4;
const RTF_REJECT = 0x200;

/** The whole of net/route: the main table, without broadcast and multicast (PROC-17..21). */
export function formatRouteTable(routes: Iterable<Route>): string {
  let text = `${ROUTE_HEAD.padEnd(ROUTE_LINE)}\n`;
  for (const route of routes) {
    if (route.type !== 'broadcast' && route.type !== 'multicast') {
      text += `${routeLine(route).padEnd(ROUTE_LINE)}\n`;
    }
  }
  return text;
}

function routeLine({ dst, type, metric, metrics = {}, nexthops }: Route): string {
  const { address, length } = parsePrefix4(dst);
  const [first] = nexthops;
  const isVia6 = first?.via?.includes(':') ?? false;
  const gateway = first?.via === undefined || isVia6 ? 0 : parseAddress4(first.via);
  const isReject = type === 'unreachable' || type === 'prohibit';
  const flags =
    RTF_UP |
    (first?.via === undefined ? 0 : RTF_GATEWAY) |
    (length === 32 ? RTF_HOST : 0) |
    (isReject ? RTF_REJECT : 0);
  const { advmss = 0, window = 0, rtt = 0 } = metrics;
  return [
    first?.dev ?? '*',
    wireHex(address),
    wireHex(gateway),
    flags.toString(16).toUpperCase().padStart(4, '0'),
    0,
    0,
    metric,
    wireHex(mask4(length)),
    advmss === 0 ? 0 : advmss + 40,
    window,
    rtt >>> 3,
  ].join('\t');
}

/** An address as the kernel prints it here: its network-order bytes read as a little-endian word. */
function wireHex(address: number): string {
  const word =
    ((address << 24) | ((address << 8) & 0xff0000) | ((address >>> 8) & 0xff00) | (address >>> 24)) >>> 0;
  return word.toString(16).toUpperCase().padStart(8, '0');
}

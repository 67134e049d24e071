/**
 * cli/words.ts - numbers of routes as the words that `ip` has for them, and answers as lines.
 */
import type { Answer, FibError, NextHop, Route, TrieShape } from 'hoptrie';

const TABLE_WORDS = new Map([
  [253, 'default'],
  [254, 'main'],
  [255, 'local'],
]);

/** A table by its word, or its number. */
export function tableWord(table: number): string {
  return TABLE_WORDS.get(table) ?? String(table);
}

const PROTOCOL_WORDS = new Map([
  [1, 'redirect'],
  [2, 'kernel'],
  [3, 'boot'],
  [4, 'static'],
  [9, 'ra'],
  [11, 'zebra'],
  [12, 'bird'],
  [16, 'dhcp'],
  [42, 'babel'],
  [186, 'bgp'],
  [187, 'isis'],
  [188, 'ospf'],
  [189, 'rip'],
]);

/** A protocol by its word, or its number. */
export function protocolWord(protocol: number): string {
  return PROTOCOL_WORDS.get(protocol) ?? String(protocol);
}

/** A path: `via 192.0.2.1 dev eth0`. */
function pathWords({ via, dev, oif, weight }: NextHop): string {
  const words = [];
  if (via !== undefined) words.push(`via ${via}`);
  if (dev !== undefined) words.push(`dev ${dev}`);
  else if (oif !== undefined) words.push(`dev if${oif}`);
  if (weight !== undefined && weight !== 1) words.push(`weight ${weight}`);
  return words.join(' ');
}

/** What an answer says after the address, as columns: prefix, path, rest. */
export function answerColumns(answer: Answer): string[] {
  const rest = [];
  if (answer.prefsrc !== undefined) rest.push(`src ${answer.prefsrc}`);
  rest.push(`table ${tableWord(answer.table)}`);
  if (answer.tos !== 0) rest.push(`tos 0x${answer.tos.toString(16)}`);
  if (answer.metric !== 0) rest.push(`metric ${answer.metric}`);
  const type = answer.type === 'unicast' ? '' : `${answer.type} `;
  return [answer.prefix, type + pathWords(answer), rest.join(' ')];
}

/** The words for a lookup that threw: no route, or a route that rejects. */
export function refusalWords({ code, route }: FibError<Answer>): string {
  if (route === undefined) return `no route (${code})`;
  return `${route.type} ${route.prefix} table ${tableWord(route.table)} (${code})`;
}

/** Figures of a table's trie as JSON has them. */
export function trieFigures(shape: TrieShape): TrieShape & { readonly averageDepth: number } {
  return { ...shape, averageDepth: shape.leaves === 0 ? 0 : shape.totalDepth / shape.leaves };
}

/** What makes two paths the same to a reader. */
function pathKey(path: NextHop): string {
  return pathWords({ ...path, weight: 1 }) || 'no gateway, no device';
}

/** Paths of a route; a route without one counts as its type. */
export function pathsOf(route: Route): string[] {
  return route.nexthops.length === 0 ? [String(route.type)] : route.nexthops.map(pathKey);
}

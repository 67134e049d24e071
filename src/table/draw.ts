/**
 * table/draw.ts - the prefixes of a table as a tree of text, for looking at small ones.
 *
 *   IPv4
 *   ├─ 10.0.0.0/8  site
 *   │  ├─ 10.0.0.0/24  lab
 *   │  └─ 10.1.0.0/16  office
 *   └─ 192.0.2.0/24  test
 */
import type { Key } from '../core/family.js';
import { formatPrefix, mask } from './key.js';
import { showValue } from './show.js';
import type { Table } from './table.js';

interface Node {
  readonly key: Key;
  readonly text: string;
  readonly below: Node[];
}

/** Draws the first `most` prefixes, and says how many more there are. */
export function draw(table: Table<unknown>, most: number): string {
  const trunks: [Node[], Node[]] = [[], []];
  const path: Node[] = [];
  let drawn = 0;
  table.walkKeys((key, id) => {
    if (drawn++ >= most) return;
    while (path.length > 0 && !covers(path.at(-1)!.key, key)) path.pop();
    const value = table.store.at(id);
    const text = formatPrefix(key) + (value === true ? '' : `  ${showValue(value)}`);
    const node: Node = { key: { ...key }, text, below: [] };
    (path.at(-1)?.below ?? trunks[key.is6 ? 1 : 0]).push(node);
    path.push(node);
  });
  const lines: string[] = [];
  for (const [i, trunk] of trunks.entries()) {
    if (trunk.length > 0) lines.push(i === 0 ? 'IPv4' : 'IPv6', ...branch(trunk, ''));
  }
  if (drawn > most) lines.push(`... and ${drawn - most} more`);
  return lines.join('\n');
}

/** The lines of some nodes; each level is one prefix deeper, so at most 129. */
function branch(nodes: readonly Node[], margin: string): string[] {
  return nodes.flatMap(({ text, below }, i) => {
    const isLast = i === nodes.length - 1;
    const inner = branch(below, margin + (isLast ? '   ' : '│  '));
    return [`${margin}${isLast ? '└─' : '├─'} ${text}`, ...inner];
  });
}

function covers(outer: Key, key: Key): boolean {
  if (outer.is6 !== key.is6) return false;
  const cut = { ...key };
  mask(cut, outer.length);
  return outer.a === cut.a && outer.b === cut.b && outer.c === cut.c && outer.d === cut.d;
}

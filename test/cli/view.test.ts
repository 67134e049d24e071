/**
 * cli/view.test.ts - what `hoptrie watch` draws on a terminal: frames in place, as wide as it is, and colours where they are
 * wanted.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MONITOR } from '../feed/samples.js';
import { MAIN } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'hoptrie-view-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'monitor');
writeFileSync(file, MONITOR);

/** script(1) of util-linux gives a program a terminal. */
const HAS_SCRIPT = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

/** Whoever runs the tests may have said something about colours, as `CI` does: only this much is handed on. */
const { PATH, HOME } = process.env;

/** What a program writes to a terminal of this size. */
function onTerminal(columns: number, rows: number, env: NodeJS.ProcessEnv = {}): string {
  const command = `stty cols ${columns} rows ${rows}; '${process.execPath}' '${MAIN}' watch '${file}'`;
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { PATH, HOME, TERM: 'xterm-256color', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return stdout;
}

/** The lines that a terminal shows in the end: it knows the few codes that are used, and fails at others. */
function rendered(output: string): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const [, code, end, text] of output.matchAll(/\x1b\[([?\d]*)([A-Za-z])|([^\x1b]+)/g)) {
    if (end === 'A') at -= Number(code);
    else if (end === 'J') lines.length = at;
    else if (text !== undefined) {
      for (const piece of text.split(/(?<=\n)/)) {
        const plain = piece.replace(/[\r\n]/g, '');
        if (plain !== '') lines[at] = plain;
        if (piece.endsWith('\n')) lines[at++] ??= '';
      }
    } else if (!['K', 'm', 'l', 'h'].includes(end!)) throw new Error(`\\x1b[${code}${end}`);
  }
  return lines;
}

describe.skipIf(!HAS_SCRIPT)('watch on a terminal', () => {
  test('the last frame stands where the first one stood', () => {
    const output = onTerminal(100, 30);
    expect(output).toMatch(/^\x1b\[\?25l/);
    expect(output).toMatch(/\x1b\[\?25h$/);
    expect(rendered(output)).toEqual([
      `hoptrie watch ${file}: waiting`,
      '',
      'routes             1   1 table, 2 links, 4 rules, 3 nexthop objects',
      expect.stringMatching(/^changes +7   \d+\/s, 0 passed over, 0 refused$/),
      'messages           8   0 overruns, 0 resyncs',
      expect.stringMatching(/^lag +\d+ ms   at most \d+ ms$/),
      '',
      'add link 2: e0 up',
      'add address 192.0.2.254/24 link 2',
      'replace 10.0.0.0/8 via 192.0.2.1 dev e0 proto bgp metric 20',
      'replace 10.1.0.0/16 via 192.0.2.1 dev e0, via 192.0.2.2 dev e0 proto static',
      'replace nexthop id 10 group 1,2/2,7',
      'add rule 101: from all lookup 1000',
      'del 10.0.0.0/8 via 192.0.2.1 dev e0 proto bgp metric 20',
    ]);
  });

  test('a small terminal holds a frame that fits', () => {
    const lines = rendered(onTerminal(32, 10));
    expect(lines).toHaveLength(9);
    expect(lines.every((line) => line.length <= 32)).toBe(true);
    expect(lines[2]).toBe('routes             1   1 table,…');
  });

  test('colours are left out where they are not wanted', () => {
    const codes = (output: string): number => (output.match(/\x1b\[\d+m/g) ?? []).length;
    expect(codes(onTerminal(80, 24))).toBeGreaterThan(0);
    expect(codes(onTerminal(80, 24, { NO_COLOR: '1' }))).toBe(0);
  });
});

/**
 * test/cli/mistakes.test.ts - what goes wrong at the command line: the words, the exit status, and never a stack.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { ESCAPE, MAIN, hoptrie, spawnHoptrie } from './run.js';
import { writeSamples } from './samples.js';

const samples = writeSamples();
afterAll(() => samples.remove());

describe('mistakes', () => {
  const wrong: [name: string, args: string[], status: number, says: RegExp][] = [
    ['no verb', [], 2, /Usage: hoptrie/],
    ['an unknown verb', ['lokup'], 2, /unknown command 'lokup'[^]*Did you mean lookup\?/],
    ['an unknown option', ['load', '--jason', 'x'], 2, /unknown option '--jason'[^]*Did you mean --json\?/],
    ['no file', ['lookup', '8.8.8.8'], 2, /required option '--from <file>'/],
    ['no address', ['lookup', '--from', samples.text], 2, /missing required argument 'address'/],
    [
      'a bad address',
      ['lookup', '--from', samples.text, '10.0.0.256'],
      2,
      /'10\.0\.0\.256' is no IPv4 address/,
    ],
    ['an octal address', ['demo', '010.0.0.1'], 2, /'010\.0\.0\.1' is no IPv4 address/],
    ['a bad number', ['demo', '--prefixes', '1e6'], 2, /Expected a whole number from 1 to/],
    [
      'a bad table',
      ['lookup', '--from', samples.text, '--table', 'mian', '1.1.1.1'],
      2,
      /Expected main, local/,
    ],
    ['an unknown object', ['show', 'fib', '--from', samples.text], 2, /Allowed choices are route, nexthop/],
    ['an unknown interface', ['lookup', '--from', samples.text, '--oif', 'eth9', '1.1.1.1'], 2, /eth9/],
    ['two files', ['demo', samples.text, samples.json], 2, /one file at a time/],
    ['neither file nor address', ['demo', 'routes'], 2, /'routes' is neither an IPv4 address nor a file/],
    [
      'a file that is not there',
      ['load', '/nowhere/routes'],
      1,
      /cannot read \/nowhere\/routes: no such file/,
    ],
    ['a folder', ['load', samples.folder], 1, /it is a directory/],
    ['an empty file', ['load', samples.write('empty', '')], 1, /the file is empty\n.*`ip route save`/],
    [
      'text that is no route',
      ['load', samples.write('bad.txt', 'default via 192.0.2.1\nno route\n')],
      1,
      /line 2/,
    ],
    ['JSON that is cut', ['load', samples.write('bad.json', '[{"dst":')], 1, /`ip -j route`: .*no JSON/],
    [
      'a cut dump',
      ['load', samples.write('cut', Uint8Array.of(0x24, 0x12, 0x31, 0x45, 60, 0, 0, 0, 24))],
      1,
      /at offset 4/,
    ],
    [
      'a dump of addresses',
      ['load', samples.write('addr', Uint8Array.of(0x22, 0x12, 0x36, 0x47, 0))],
      1,
      /ip address save/,
    ],
    [
      'damaged gzip',
      ['load', samples.write('bad.gz', Uint8Array.of(0x1f, 0x8b, 1, 2, 3))],
      1,
      /damaged gzip data/,
    ],
  ];

  test.each(wrong)('%s', async (_, args, status, says) => {
    const outcome = await hoptrie(args);
    expect(outcome.status).toBe(status);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toMatch(says);
    expect(outcome.stderr).not.toMatch(/^ +at .*:\d+:\d+/m); // no stack
    expect(outcome.stderr).not.toContain(ESCAPE);
  });

  test.each(['an unknown verb', 'a file that is not there'])('%s ends a process', async (name) => {
    const [, args] = wrong.find((each) => each[0] === name)!;
    expect(spawnHoptrie(args)).toEqual(await hoptrie(args));
  });

  test('a reader that stops early is none', () => {
    const many = samples.write(
      'many.txt',
      Array.from({ length: 20_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24 dev eth0`).join('\n'),
    );
    const first = execFileSync(
      'sh',
      ['-c', `"$0" "$1" show route --from "$2" | head -n 1`, process.execPath, MAIN, many],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    expect(first).toBe('10.0.0.0/24 dev eth0\n');
  });
});

/**
 * ip/frame.test.ts - the frame of the ip language: options, objects, batches, scripts, and their exit codes.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Netns } from 'hoptrie';
import { IpError, runIp } from 'hoptrie/ip';

const run = (text: string | readonly string[], stdin = ''): [number, string, string] => {
  const { code, stdout, stderr } = runIp(Netns.create(), text, { stdin });
  return [code, stdout, stderr];
};

describe('options', () => {
  test('the version', () => {
    assert.deepEqual(run('-V'), [0, 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n', '']);
  });

  test.each([
    ['-x', 255, 'Option "-x" is unknown, try "ip -help".\n'],
    ['-f foo route', 255, 'Error: argument "foo" is wrong: invalid protocol family\n'],
    ['-n foo route', 255, 'Cannot open network namespace "foo": No such file or directory\n'],
    ['-j ---json', 255, 'Option "--json" is unknown, try "ip -help".\n'],
    ['-batch /nonexist', 1, 'Cannot open file "/nonexist" for reading: No such file or directory\n'],
    ['foo', 1, 'Object "foo" is unknown, try "ip help".\n'],
    ['ip route', 1, 'Object "ip" is unknown, try "ip help".\n'],
  ])('ip %s', (line, code, stderr) => {
    assert.deepEqual(run(line.split(' ')), [code, '', stderr]);
  });

  test('a word that is short for several options is the first of them', () => {
    for (const line of ['help', '-he', '-help', '-batch', '-f']) {
      const [code, , stderr] = run(line.split(' '));
      assert.equal(code, 255);
      assert.match(stderr, /^Usage: ip \[ OPTIONS \] OBJECT/);
    }
  });
});

test('a batch tells file and line of what failed, and with -force goes on', () => {
  const lines = '# comment\n\nfoo # more\n  bar \\\n x\n';
  const failed = (word: string, line: number): string =>
    `Object "${word}" is unknown, try "ip help".\nCommand failed -:${line}\n`;
  assert.deepEqual(run('-batch -', lines), [1, '', failed('foo', 3)]);
  assert.deepEqual(run('-force -b -', lines), [1, '', failed('foo', 3) + failed('bar', 5)]);
  assert.deepEqual(run('-b -', '"a b" c\n')[2].split('\n')[0], 'Object "a b" is unknown, try "ip help".');
  assert.deepEqual(run('-b -', 'route "x\n'), [1, '', 'Unterminated quoted string\n']);
});

test('ns.ip throws an IpError that names the line', () => {
  const ns = Netns.create();
  assert.equal(ns.ip('# nothing\n\n'), '');
  assert.throws(
    () => ns.ip("ip -V # yes\nip 'foo bar' x"),
    (error: unknown) => error instanceof IpError && error.code === 1 && error.line === 2,
  );
});

/**
 * tidy.test.ts - the house is tidy; and each check of scripts/tidy.mjs finds what it is there to find.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { CHECKS, show } from '../scripts/tidy.mjs';
import { FACADE, TOWER, loops, packageName, room } from '../scripts/tidy/arrows.mjs';
import { built } from '../scripts/tidy/graph.mjs';
import { Tree } from '../scripts/tidy/tree.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const head = (path: string) => `// ${path} - a file of a test\n`;

/** What one check finds in a project of a few files, as `file:line text`. */
function finds(check: keyof typeof CHECKS, texts: Record<string, string>): string[] {
  const found = CHECKS[check]?.(new Tree(texts)) ?? [];
  return found.map(({ file, line, text }) => `${file}:${line} ${text}`);
}

describe('the tree', () => {
  const tree = Tree.read(root);

  test.each(Object.keys(CHECKS))('%s', (name) => {
    const found = CHECKS[name]?.(tree) ?? [];
    for (const finding of found.filter(({ level }) => level === 'warn')) console.warn(show(finding));
    assert.deepEqual(found.filter(({ level }) => level === 'error').map(show), []);
  });

  test('the main entry, as built, reaches nothing outside the package but the loader', () => {
    assert.deepEqual(built(`${root}dist/index.js`).packages, ['@assemblyscript/loader']);
  });
});

describe('arrows', () => {
  const PACKAGE = JSON.stringify({ name: 'hoptrie', exports: { '.': './dist/index.js' } });

  test('the tables themselves allow no circle', () => {
    assert.deepEqual(loops(new Map(Object.entries(FACADE).map(([from, to]) => [from, new Set(to)]))), []);
    assert.equal(new Set(TOWER.flat()).size, TOWER.flat().length);
  });

  test('a room may not import one that its row does not name', () => {
    const texts = {
      'src/wire/route.ts': "import { Netns } from '../netns.js';\nexport type { A } from '../model/a.js';",
      'src/netns.ts': '',
      'src/model/a.ts': '',
    };
    assert.deepEqual(finds('arrows', texts), ['src/wire/route.ts:1 wire may not import netns']);
  });

  test('every form of import counts', () => {
    const texts = {
      'src/text/a.ts':
        "export * from '../core/load.js';\nawait import('../core/load.js');\nlet x: import('../core/load.js').X;\n" +
        "new URL('../core/load.js', import.meta.url);",
      'src/core/load.ts': '',
    };
    const line = (n: number) => `src/text/a.ts:${n} text may not import core`;
    assert.deepEqual(finds('arrows', texts), [1, 2, 3, 4].map(line));
  });

  test("Node's modules are for the rooms that have descriptors", () => {
    const texts = {
      'src/wire/a.ts': "import 'node:fs';\nimport 'fs';",
      'src/feed/a.ts': "import 'node:fs';\nimport 'fs';",
    };
    assert.deepEqual(finds('arrows', texts), [
      "src/feed/a.ts:2 write 'node:fs'",
      "src/wire/a.ts:1 'node:fs': Node's modules are for feed/, cli/, bench/, scripts/ and tests",
      "src/wire/a.ts:2 'fs': Node's modules are for feed/, cli/, bench/, scripts/ and tests",
    ]);
  });

  test('guests come in by the entries', () => {
    const texts = {
      'package.json': PACKAGE,
      'cli/main.ts':
        "import 'hoptrie';\nimport 'hoptrie/core';\nimport '../src/netns.js';\nimport 'left-pad';",
      'src/netns.ts': "import 'hoptrie';",
    };
    assert.deepEqual(finds('arrows', texts), [
      "cli/main.ts:2 'hoptrie/core' is no entry of package.json's exports",
      'cli/main.ts:3 cli may not import netns',
      "cli/main.ts:4 cli may not import the package 'left-pad'",
      "src/netns.ts:1 'hoptrie': inside the house imports are relative",
    ]);
  });

  test('the core is a tower', () => {
    const texts = {
      'assembly/trie/node.ts':
        'import { A } from "../fib/table";\nimport { B } from "../arena";\nimport { C } from "../lost";',
      'assembly/fib/table.ts': 'import { A } from "../trie/node";\nimport { X } from "../../src/netns";',
      'assembly/arena.ts': '',
      'assembly/cellar.ts': '',
      'src/netns.ts': '',
    };
    assert.deepEqual(finds('arrows', texts), [
      "assembly/cellar.ts:1 room 'cellar' is on no floor of scripts/tidy/arrows.mjs",
      "assembly/fib/table.ts:2 '../../src/netns': only src/abi is shared",
      'assembly/trie/node.ts:1 trie may not import fib: it is a floor above',
      "assembly/trie/node.ts:3 '../lost' names no file of the core",
      'assembly/fib:1 circle: assembly/fib -> assembly/trie -> assembly/fib',
      'assembly/fib/table.ts:1 circle: assembly/fib/table.ts -> assembly/trie/node.ts -> assembly/fib/table.ts',
    ]);
  });

  test('rooms and packages are told from paths', () => {
    assert.equal(room('src/wire/route.ts'), 'wire');
    assert.equal(room('src/netns.ts'), 'netns');
    assert.equal(room('bench/run.ts'), 'bench');
    assert.equal(packageName('@a/b/c.js'), '@a/b');
    assert.equal(packageName('a/c.js'), 'a');
  });
});

test('heads: a file opens with its name and what it is', () => {
  const texts = {
    'src/a.ts': head('a.ts'),
    'src/wire/b.ts': '/**\n * wire/b.ts - bytes.\n */\n',
    'scripts/c.mjs': `#!/usr/bin/env node\n${head('c.mjs')}`,
    'src/d.ts': 'export {};\n',
    'src/e.ts': head('f.ts'),
  };
  assert.deepEqual(finds('heads', texts), [
    "src/d.ts:1 opens without 'd.ts - what it is'",
    'src/e.ts:1 the head names f.ts',
  ]);
});

test('dead: what no entry reaches', () => {
  const texts = {
    'package.json': JSON.stringify({
      exports: { '.': './dist/index.js', './lost': './dist/lost.js' },
      scripts: { bench: 'node dist/bench/main.js' },
    }),
    'scripts/build.mjs': "asc('release', 'assembly/index.ts')",
    'src/index.ts': "export * from './a.js';",
    'src/a.ts': '',
    'src/b.ts': '',
    'bench/main.ts': "new URL('./row.js', import.meta.url);",
    'bench/row.ts': '',
    'assembly/index.ts': 'import { A } from "./arena";',
    'assembly/arena.ts': '',
    'assembly/key.ts': '',
  };
  assert.deepEqual(finds('dead', texts), [
    'package.json:1 entry src/lost.ts does not exist',
    'assembly/key.ts:1 no entry reaches this file',
    'src/b.ts:1 no entry reaches this file',
  ]);
});

test('exports: what nobody uses', () => {
  const texts = {
    'scripts/build.mjs': "asc('release', 'assembly/index.ts')",
    'assembly/index.ts': 'import {\n  a,\n  B,\n} from "./a";\nexport function door(): void {}\n',
    'assembly/a.ts':
      'export function a(): void {}\n@unmanaged export class B {}\n@inline export function c(): void {}\n',
  };
  assert.deepEqual(finds('exports', texts), ['assembly/a.ts:3 nothing uses c']);
});

test('dependencies: what an installed package needs', () => {
  const texts = {
    'package.json': JSON.stringify({
      name: 'hoptrie',
      bin: { hoptrie: 'dist/cli/main.js' },
      scripts: { bench: 'node dist/bench/main.js' },
      dependencies: { commander: '1.0.0' },
      devDependencies: { tinybench: '^1.0.0' },
    }),
    'cli/main.ts': "import 'commander';\nimport 'hoptrie';\nimport './bench.js';",
    'cli/bench.ts': "import 'tinybench';",
    'bench/main.ts': "import 'tinybench';",
  };
  assert.deepEqual(finds('dependencies', texts), [
    "cli/bench.ts:1 'tinybench' is not among the dependencies in package.json",
    "package.json:1 tinybench is not pinned: '^1.0.0'",
  ]);
});

describe('layout', () => {
  /** A class below a table with these rows. */
  const node = (rows: string, body: string) => ({
    'assembly/node.ts': `/**\n * A node.\n *   off  size  field\n${rows} */\n@unmanaged export class Node<K> {\n${body}}\n`,
  });
  const FIELDS =
    '  up: Node<K> | null;\n  pos: u8;\n  key: K;\n\n  @inline get top(): bool {\n    return !this.up;\n  }\n';

  test('a table that agrees, padding, a type parameter and a tail included', () => {
    const rows =
      ' *     0     4  up    above\n *     4     1  pos\n *     8     4  key   the path\n *    12        then slots\n';
    assert.deepEqual(finds('layout', node(rows, FIELDS)), []);
  });

  test('a field that is missing, one that moved, one that grew, one that does not exist', () => {
    const rows = ' *     0     2  up    above\n *     8     1  pos\n *    10     4  gone\n';
    assert.deepEqual(finds('layout', node(rows, FIELDS)), [
      'assembly/node.ts:4 Node: up has offset 0 and size 4, the table says 0 and 2',
      'assembly/node.ts:5 Node: pos has offset 4 and size 1, the table says 8 and 1',
      'assembly/node.ts:8 Node: key (offset 8, size 4) is not in the table',
      'assembly/node.ts:6 Node: gone at 10 is no field, and what is declared ends at 12',
    ]);
  });

  test("a class stands behind its base, without the padding at the base's end", () => {
    const base =
      '/**\n *   off  size  field\n *     0     4  a\n *     4     1  b\n */\n@unmanaged class A {\n  a: u32;\n  b: u8;\n}\n';
    const sub =
      '/**\n *   off  size  field\n *     5     1  c\n *     8     8  d\n */\n@unmanaged class B extends A {\n  c: bool;\n  d: u64;\n}\n';
    assert.deepEqual(finds('layout', { 'assembly/a.ts': base + sub }), []);
  });

  /** A record of the party wall and the class that mirrors it. */
  const record = (constants: string, fields: string) => ({
    'src/abi/records.ts':
      '/**\n * Flow.\n *   off  size  field\n *     0     1  family\n *     4     4  outIf\n *     8        then more\n */\n' +
      constants,
    'assembly/record.ts': `/** A question. Layout: FLOW_*. */\n@unmanaged export class Flow {\n${fields}}\n`,
  });
  const CONSTANTS = ['FAMILY = 0', 'OUT_IF = 4', 'MORE = 8', 'BYTES = 8', 'OTHER = 99']
    .map((text) => `export const FLOW_${text};\n`)
    .join('');

  test('a record of the party wall, its constants and the class that mirrors it', () => {
    assert.deepEqual(finds('layout', record(CONSTANTS, '  family: u8;\n  outIf: u32;\n')), []);
  });

  test('a record whose constants or whose mirror differ from its table', () => {
    const constants = CONSTANTS.replace('OUT_IF = 4', 'OUT_IF = 5').replace('BYTES = 8', 'BYTES = 6');
    assert.deepEqual(finds('layout', record(constants, '  family: u16;\n  outIf: u32;\n  iif: u32;\n')), [
      'src/abi/records.ts:5 no constant FLOW_OUT_IF = 4',
      'src/abi/records.ts:8 FLOW_OUT_IF = 5: the table has no such row',
      "src/abi/records.ts:8 FLOW_BYTES is less than the table's 8",
      'assembly/record.ts:2 Flow: family has offset 0 and size 2, src/abi/records.ts says 0 and 1',
      'assembly/record.ts:2 Flow: iif has offset 8 and size 4, src/abi/records.ts says nothing',
    ]);
    assert.deepEqual(finds('layout', record('', '  family: u8;\n')), [
      'assembly/record.ts:2 Flow: src/abi/records.ts has no such record',
    ]);
  });

  test('a class without a table', () => {
    assert.deepEqual(finds('layout', { 'assembly/a.ts': '@unmanaged class A {\n  a: u32;\n}\n' }), [
      "assembly/a.ts:1 A has no table 'off  size  field'",
    ]);
  });
});

test('length: a function that no screen holds', () => {
  const lines = (n: number) => '  f();\n'.repeat(n - 2);
  const texts = {
    'src/a.ts': `function fits() {\n${lines(60)}}\nfunction long() {\n${lines(61)}}\nconst tooLong = () => {\n${lines(121)}};\n`,
    'assembly/b.ts': `class C {\n@inline get late(): u32 {\n${lines(121)}}\n}\n`,
  };
  const found = CHECKS['length']?.(new Tree(texts)).map(
    ({ level, file, line, text }) => `${level} ${file}:${line} ${text}`,
  );
  assert.deepEqual(found, [
    'error assembly/b.ts:2 late has 121 lines, more than 120',
    'warn src/a.ts:61 long has 61 lines',
    'error src/a.ts:122 tooLong has 121 lines, more than 120',
  ]);
});

test('rules: what is done has a test, and what has a test is known', () => {
  const texts = {
    'docs/RULES.md': [
      '- **FIB-1** done: tested below.',
      '- **FIB-2..4** done: a range, of which one is tested.',
      '| **FIB-5** | open | in a table |',
      '| **FIB-6** | done | tested in a list of numbers |',
      '- **FIB-7** without a state',
      '- **FIB-1** done: once more',
      'The text may name **FIB-99** freely.',
    ].join('\n'),
    'test/a.test.ts': [
      "test('FIB-1 a', () => {});",
      "describe('FIB-6, FIB-3 b', () => {});",
      "it.each([])('FIB-8 %s', () => {});",
      'test(`FIB-5 ${x}`, () => {});',
      "test('no rule, FIB-2 is only mentioned', () => {});",
    ].join('\n'),
  };
  assert.deepEqual(finds('rules', texts), [
    'test/a.test.ts:3 FIB-8 has no entry in docs/RULES.md',
    "docs/RULES.md:2 FIB-2 is done, but no test's name opens with it",
    "docs/RULES.md:2 FIB-4 is done, but no test's name opens with it",
    "docs/RULES.md:3 FIB-5 is open, but a test's name opens with it",
    "docs/RULES.md:5 FIB-7: 'without' is neither done nor open",
    'docs/RULES.md:6 FIB-1 has an entry in line 1 already',
  ]);
});

test('words: what no file may say', () => {
  const say = (...parts: string[]) => parts.join('');
  const texts = {
    'src/a.ts': say('// TO', 'DO later\n// a todo list is fine\n'),
    'test/b.test.ts': say('test.on', 'ly(x);\ntest.sk', 'ip(x);\n'),
    'docs/c.md': say('see /wo', 'rk/x, not a/wo', 'rk/x\nfrom regis', 'try.example.org\n'),
    'package-lock.json': say('{\n"resol', 'ved": 1\n}'),
  };
  assert.deepEqual(
    finds('words', texts).map((text) => text.replace(/ '.*/, '')),
    [
      'src/a.ts:1 unfinished work:',
      'test/b.test.ts:1 a test left alone or left out:',
      'test/b.test.ts:2 a test left alone or left out:',
      'docs/c.md:1 a path of one machine:',
      'docs/c.md:2 the host of a package registry:',
      'package-lock.json:2 where a package came from:',
    ],
  );
});

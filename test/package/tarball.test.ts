/**
 * tarball.test.ts - the packed tarball, installed by npm into an empty project: what a user gets.
 *
 * Needs the registry, or npm's cache, for the few packages that hoptrie depends on.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { BUILD, ROOT, pack, sh, type Packed } from './pack.js';

/** The same few steps in both module systems and in TypeScript: a route, an answer, a typed error. */
const STEPS = `
const ns = Netns.create();
ns.link.add({ name: 'eth0', up: true });
ns.address.add('192.0.2.10/24', { dev: 'eth0' });
ns.route.add('10.0.0.0/8', { via: '192.0.2.1' });
console.log(ns.lookup('10.1.2.3').via);
try {
  ns.lookup('203.0.113.9');
} catch (e) {
  console.log(e instanceof FibError && e.code);
}
ns.close();
`;
const PRINTED = '192.0.2.1\nENETUNREACH\n';

describe('the packed tarball in an empty project', () => {
  let folder = '';
  let packed: Packed;
  const node = (...args: string[]) => sh(folder, process.execPath, ...args);
  const write = (name: string, text: string) => writeFile(join(folder, name), text);

  beforeAll(async () => {
    packed = await pack(join(BUILD, 'pack'));
    folder = await mkdtemp(join(tmpdir(), 'hoptrie-'));
    await write('package.json', JSON.stringify({ name: 'user', version: '1.0.0', private: true }));
    await sh(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', packed.tarball);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('holds the build and the documents, and nothing that users have no use for', () => {
    const paths = packed.files.map(({ path }) => path);
    console.info(`${paths.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} bytes unpacked`);
    for (const path of [
      'package.json',
      'LICENSE',
      'README.md',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/hoptrie.wasm',
    ]) {
      assert.ok(paths.includes(path), path);
    }
    const strange = paths.filter(
      (path) => !/^(dist\/.*\.(js|d\.ts|wasm)|package\.json|LICENSE|[A-Z]+\.md)$/.test(path),
    );
    assert.deepEqual(strange, []);
  });

  test('import', async () => {
    await write('a.mjs', `import { FibError, Netns } from 'hoptrie';${STEPS}`);
    assert.equal((await node('a.mjs')).stdout, PRINTED);
  });

  test('require', async () => {
    await write('a.cjs', `const { FibError, Netns } = require('hoptrie');${STEPS}`);
    assert.equal((await node('a.cjs')).stdout, PRINTED);
  });

  test('nothing happens at import: no instance, no output, no handle that keeps the process', async () => {
    await write('b.mjs', "globalThis.WebAssembly = undefined;\nawait import('hoptrie');\n");
    const { stdout, stderr } = await node('b.mjs');
    assert.equal(stdout + stderr, '');
  });

  test('without koffi a netlink socket says what to install', async () => {
    await write(
      'k.mjs',
      `import { Netns } from 'hoptrie';
      import { feed, follow } from 'hoptrie/feed';
      await follow(Netns.create(), feed.netlink()).done.catch((e) => console.log(e.code, e.detail));`,
    );
    assert.match((await node('k.mjs')).stdout, /^EOPNOTSUPP .*npm install koffi\n$/);
  });

  test('every entry loads', async () => {
    await write(
      'c.mjs',
      `import { readFileSync } from 'node:fs';
      const require = (await import('node:module')).createRequire(import.meta.url);
      for (const entry of Object.keys(require('hoptrie/package.json').exports)) {
        const name = entry.replace('.', 'hoptrie');
        if (name.endsWith('.json')) continue;
        if (name.endsWith('.wasm')) new WebAssembly.Module(readFileSync(require.resolve(name)));
        else console.log(name, Object.keys(await import(name)).length > 0);
      }`,
    );
    const lines = (await node('c.mjs')).stdout.trim().split('\n');
    assert.ok(lines.includes('hoptrie true'), lines.join('\n'));
    assert.ok(
      lines.every((line) => line.endsWith(' true')),
      lines.join('\n'),
    );
  });

  test.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('types resolve, module %s', async (module, moduleResolution) => {
    await write(
      'd.mts',
      `import { FibError, Netns, type Answer, type Flow } from 'hoptrie';\nimport * as wire from 'hoptrie/wire';
      import * as external from 'hoptrie/external';\nimport * as text from 'hoptrie/text';
      const flow: Flow = { dst: '10.1.2.3' };
      const ns: Netns = Netns.create();
      const answer: Answer = ns.lookup(flow);
      const id: number = ns.lookupId(1);
      // @ts-expect-error a Flow has a destination
      ns.lookup({});
      const lines: string[] = text.parseRouteText('10.0.0.0/8 dev eth0').map((route) => text.formatRouteLine(route));
      export default [answer.via, id, lines, new FibError('EINVAL', 'x').errno, external, wire];`,
    );
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      module,
      moduleResolution,
      types: [],
    };
    await write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['d.mts'] }));
    await node(join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', '.');
  });

  test('the command line is there', async () => {
    const { stdout } = await sh(folder, 'npx', '--no-install', 'hoptrie', '--help');
    assert.match(stdout, /hoptrie/);
  });
});

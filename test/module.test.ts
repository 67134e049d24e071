/**
 * module.test.ts - the release build of the core, read as a file: nothing in it but code over one memory.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, test } from 'vitest';
import { readSections } from './wasm.js';

const file = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url));

describe('the release build of the core', () => {
  const bytes = file('build/hoptrie.wasm');
  const sections = readSections(bytes);

  test('imports nothing, and starts nothing', () => {
    assert.equal(sections.imports, 0);
    assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(bytes)), []);
    assert.equal(sections.start, false);
  });

  test('keeps no state outside of its memory: no mutable global, no table, no data', () => {
    assert.deepEqual(
      sections.globals.filter(({ mutable }) => mutable),
      [],
    );
    assert.equal(sections.tables, 0);
    assert.equal(sections.elements, 0);
    assert.equal(sections.data, 0);
  });

  test('has one memory, which it exports, and exports functions besides', () => {
    assert.equal(sections.memories, 1);
    assert.deepEqual(
      sections.exports.filter(({ kind }) => kind !== 'function'),
      [{ name: 'memory', kind: 'memory' }],
    );
    assert.deepEqual(
      sections.exports.map(({ name }) => name),
      WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name),
    );
  });

  test('an instance begins with all zeros, of one page', () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const memory = new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer);
    assert.equal(memory.length, 65536);
    assert.ok(memory.every((b) => b === 0));
  });

  test('carries no names of machines or files', () => {
    assert.deepEqual(sections.custom, []);
    assert.doesNotMatch(bytes.toString('latin1'), /\.ts\b|node_modules/);
  });

  test('is the one that the package inlines, and the one that it ships', async () => {
    const { WASM_BASE64 } = (await import('../dist/core/bytes.js')) as { WASM_BASE64: string };
    assert.ok(bytes.equals(Buffer.from(WASM_BASE64, 'base64')));
    assert.ok(bytes.equals(file('dist/hoptrie.wasm')));
  });

  test('its size', () => {
    const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
    console.info(`hoptrie.wasm: ${sizes[0]} bytes, gzip ${sizes[1]}, brotli ${sizes[2]}`);
    assert.ok(bytes.length > 8, 'more than a header');
  });
});

describe('the reader of sections', () => {
  /** A module of these sections. */
  const module = (...sections: [id: number, ...content: number[]][]) =>
    Uint8Array.from([
      0,
      0x61,
      0x73,
      0x6d,
      1,
      0,
      0,
      0,
      ...sections.flatMap(([id, ...content]) => [id, content.length, ...content]),
    ]);

  test('sees what a release build may not have', () => {
    const bytes = module(
      [1, 1, 0x60, 0, 0], // type 0: no parameters, no results
      [2, 1, 1, 0x61, 1, 0x66, 0, 0], // import "a" "f", function of type 0
      [4, 1, 0x70, 0, 1], // a table of at least 1 funcref
      [5, 1, 0, 1], // a memory of at least 1 page
      [6, 2, 0x7f, 1, 0x41, 0xc0, 0x00, 0x0b, 0x7c, 0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b], // var i32 64, const f64 0
      [7, 1, 1, 0x67, 3, 0], // export "g", global 0
      [8, 0], // start: function 0
      [9, 1, 0, 0x41, 0, 0x0b, 1, 0], // elements: function 0 at 0
      [11, 1, 0, 0x41, 0, 0x0b, 1, 0xff], // data: ff at 0
      [0, 2, 0x68, 0x69, 0], // custom "hi"
    );
    assert.ok(WebAssembly.validate(bytes));
    assert.deepEqual(readSections(bytes), {
      imports: 1,
      tables: 1,
      memories: 1,
      globals: [{ mutable: true }, { mutable: false }],
      exports: [{ name: 'g', kind: 'global' }],
      start: true,
      elements: 1,
      data: 1,
      custom: ['hi'],
    });
  });

  test('refuses what is no module', () => {
    assert.throws(() => readSections(Uint8Array.of(1, 2, 3, 4)), TypeError);
    assert.throws(() => readSections(module([1, 1]).subarray(0, 9)), RangeError);
    assert.throws(() => readSections(module([99, 1])), RangeError);
  });
});

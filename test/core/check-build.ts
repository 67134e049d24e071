/**
 * core/check-build.ts - the check build of the core for tests: asserts, poison, failing allocations, 128-bit keys.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { instantiate, type CoreExports } from '../../src/core/load.js';
import { Netns, type NetnsOptions } from '../../src/netns.js';

/** The doors of assembly/testing.ts. */
export interface CheckExports extends CoreExports {
  failAllocation(n: number): void;
  allocationsLeft(): number;
  walks(): number;
  jhash3(a: number, b: number, c: number, start: number): number;
  checksumOf(at: number, bytes: number, to: number): void;
  hash32(v: number, constant: number, bits: number): number;
  trie6New(): number;
  trie6Insert(trie: number, words: number, slen: number): number;
  trie6Remove(trie: number, words: number): number;
  trie6Lookup(trie: number, words: number): number;
  trie6From(trie: number, words: number): number;
  trie6Check(trie: number): number;
}

const path = fileURLToPath(new URL('../../build/hoptrie.check.wasm', import.meta.url));

/** The check build, compiled once. */
export const checkModule = new WebAssembly.Module(readFileSync(path));

/** A Netns over the check build, with the doors of its core. */
export function checkedNetns(options?: NetnsOptions): { ns: Netns; exports: CheckExports } {
  const exports = instantiate(checkModule) as CheckExports;
  return { ns: new Netns(exports, options), exports };
}

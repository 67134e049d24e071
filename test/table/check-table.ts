/**
 * table/check-table.ts - the check build of a table's core for tests, in place of core/table-load.ts: asserts, poison, failing
 * allocations.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { instantiateSync } from '@assemblyscript/loader';
import type { TableExports } from '../../src/core/table-load.js';

/** The doors of assembly/table/testing.ts too. */
export interface CheckTableExports extends TableExports {
  failAllocation(n: number): void;
  allocationsLeft(): number;
}

const path = fileURLToPath(new URL('../../build/table.check.wasm', import.meta.url));
const module = new WebAssembly.Module(readFileSync(path));

/** The instance made last. */
export let lastMade: CheckTableExports | undefined;

/** A fresh instance of the check build. */
export function instantiateTable(): TableExports {
  lastMade = instantiateSync(module, {}).instance.exports as unknown as CheckTableExports;
  return lastMade;
}

/**
 * core/table-load.ts - the core of a table: compiled once at first use, instantiated once for each family of a table.
 *
 * The module imports nothing, so no loader is needed.
 */
import { WASM_HEX } from './table-bytes.js';

/** The doors of assembly/table.ts. A key is four words; of IPv4 the first counts. */
export interface TableExports {
  readonly memory: WebAssembly.Memory;
  init(is6: number, shape: number, maxBytes: number): number;
  lease(bytes: number): number;
  unlease(address: number): void;
  set(a: number, b: number, c: number, d: number, length: number, id: number): number;
  remove(a: number, b: number, c: number, d: number, length: number): number;
  get(a: number, b: number, c: number, d: number, length: number): number;
  lookup(a: number, b: number, c: number, d: number): number;
  covering(a: number, b: number, c: number, d: number, length: number, out: number, most: number): number;
  scan(from: number, after: number, minLength: number, out: number, most: number): number;
  rowsSet(rows: number, n: number): number;
  buildBegin(n: number): number;
  buildRows(rows: number, n: number): number;
  buildEnd(isBack: number): number;
  swapBegin(): number;
  swapEnd(isBack: number): void;
  lookupBatch(dst: number, out: number, n: number, miss: number, bigEndian: number): void;
  fetch(ids: number, n: number, values: number): void;
  lookupText(text: number, length: number): number;
  readTexts(text: number, ends: number, n: number, dst: number, rows: number): number;
  viewSet(shape: number): number;
  viewsPause(isOn: number): void;
  viewAt(): number;
  count(): number;
  check(): number;
}

let compiled: WebAssembly.Module | undefined;

/** Has this module used: for hosts that compile no bytes. */
export function useTableModule(module: WebAssembly.Module): void {
  compiled = module;
}

/** A fresh instance with a memory of its own. The first call compiles (some milliseconds). */
export function instantiateTable(): TableExports {
  compiled ??= new WebAssembly.Module(decodeHex(WASM_HEX));
  return new WebAssembly.Instance(compiled).exports as unknown as TableExports;
}

/**
 * The bytes behind hexadecimal text. It is longer than base64, and weighs a quarter less when it is compressed (12.8 kB
 * instead of 17.1 by brotli): what repeats in the module repeats in the text.
 */
function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digit(text, 2 * i) << 4) | digit(text, 2 * i + 1);
  return bytes;
}

/** Value of a hexadecimal digit in lower case. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code - (code < 0x61 ? 0x30 : 0x57);
}

/**
 * core/load.ts - from bytes to a running core: compile once, instantiate once for each Netns.
 *
 * Nothing happens at import. Only the loader's raw exports are used; in a check build it turns aborts into file:line.
 */
import { instantiateSync } from '@assemblyscript/loader';

/** The doors of assembly/index.ts; addresses and errnos are numbers. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  init(maxBytes: number): number;
  lease(bytes: number): number;
  unlease(address: number): void;
  deviceAdd(record: number): number;
  deviceRemove(index: number): number;
  deviceNext(index: number): number;
  routeAdd(record: number, flags: number): number;
  routeDelete(record: number): number;
  routeFind(record: number, room: number): number;
  dump(cursor: number, out: number, room: number): number;
  shape(walk: number, out: number, rows: number): number;
  summarize(after: number, deep: number, out: number): number;
  tableExists(id: number): number;
  infoCount(id: number): number;
  infoGet(id: number, record: number): void;
  lookup(flow: number, result: number): number;
  lookupId(dst: number): number;
  lookupBatch(dst: number, out: number, n: number, miss: number, bigEndian: number, tables: number): void;
  unmerge(): number;
  check(): number;
}

/** Bytes of a module as base64 text, compiled. Synchronous: about 5 ms for the whole core. */
export function compileBase64(text: string): WebAssembly.Module {
  return new WebAssembly.Module(decodeBase64(text));
}

/** The bytes behind base64 text. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A fresh instance with a memory of its own. */
export function instantiate(module: WebAssembly.Module): CoreExports {
  return instantiateSync(module, {}).instance.exports as unknown as CoreExports;
}

/**
 * core/inlined.ts - the core that this package has inlined as base64, compiled once at first use.
 */
import { decodeBase64 } from './base64.js';
import { WASM_BASE64 } from './bytes.js';

let compiled: WebAssembly.Module | undefined;

/** The compiled core. Synchronous: about 5 ms at first. */
export function coreModule(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(decodeBase64(WASM_BASE64)));
}

/** The same, compiled off the calling thread. */
export async function coreModuleAsync(): Promise<WebAssembly.Module> {
  return (compiled ??= await WebAssembly.compile(decodeBase64(WASM_BASE64)));
}

/** Has this one used: for hosts that compile no bytes. */
export function useCoreModule(module: WebAssembly.Module): void {
  compiled = module;
}

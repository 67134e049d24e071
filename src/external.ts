/**
 * external.ts - `hoptrie/external`: a Netns whose core comes from outside, for hosts that fetch, stream or import
 * their WebAssembly (`hoptrie/hoptrie.wasm`), or that forbid to compile it from bytes.
 */
import { instantiate } from './core/load.js';
import { Netns as Base, type NetnsOptions } from './netns.js';

export { FibError, WireError } from './errors.js';
export type { NetnsOptions } from './netns.js';

/** What a core may come from. */
export type CoreSource = WebAssembly.Module | BufferSource | Response | PromiseLike<Response>;

/** The routing state of one network namespace: its own WebAssembly instance and memory. */
export class Netns extends Base {
  /**
   * Makes an empty one, at once, from a compiled module or from bytes.
   * @throws {FibError} EINVAL a bad option; ENOBUFS maxBytes is too small
   * @throws {WebAssembly.CompileError} bytes that are no module
   */
  static create(source: WebAssembly.Module | BufferSource, options?: NetnsOptions): Netns {
    const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
    return new Netns(instantiate(module), options);
  }

  /** As `create`; a Response is compiled while it streams in. */
  static async createAsync(source: CoreSource, options?: NetnsOptions): Promise<Netns> {
    return new Netns(instantiate(await compile(source)), options);
  }
}

async function compile(source: CoreSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  return WebAssembly.compileStreaming(source);
}

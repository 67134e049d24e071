/**
 * external.ts - `hoptrie/external`: a Netns whose core comes from outside, for hosts that fetch, stream or import
 * their WebAssembly (`hoptrie/hoptrie.wasm`), or that forbid to compile it from bytes.
 */
import { instantiate } from './core/load.js';
import type { LoadOptions } from './core/snapshot.js';
import { ip, type IpOptions } from './ip/index.js';
import { Netns as Base, type NetnsOptions } from './netns.js';

export { FibError, WireError } from './errors.js';
export type { LoadOptions } from './core/snapshot.js';
export type { NetnsOptions } from './netns.js';

/** What a core may come from. */
export type CoreSource = WebAssembly.Module | BufferSource | Response | PromiseLike<Response>;

/** What the constructor of a Netns takes behind the exports of an instance. */
type Rest = ConstructorParameters<typeof Base> extends [unknown, ...infer R] ? R : never;

/** The routing state of one network namespace: its own WebAssembly instance and memory. */
export class Netns extends Base {
  readonly #module: WebAssembly.Module;

  private constructor(module: WebAssembly.Module, ...rest: Rest) {
    super(instantiate(module), ...rest);
    this.#module = module;
  }

  /**
   * Makes an empty one, at once, from a compiled module or from bytes.
   * @throws {FibError} EINVAL a bad option; ENOBUFS maxBytes is too small
   * @throws {WebAssembly.CompileError} bytes that are no module
   */
  static create(source: WebAssembly.Module | BufferSource, options?: NetnsOptions): Netns {
    return new Netns(moduleOf(source), options);
  }

  /**
   * Makes one from the bytes that `save` gave. They are walked before they are believed, unless they are trusted.
   * @throws {WireError} bytes that are no snapshot, are truncated or damaged, or of another version of the format
   * @throws {FibError} EUCLEAN walked, and found to be forged; EINVAL a bad option; ENOBUFS
   * @throws {WebAssembly.CompileError} bytes that are no module
   */
  static load(source: WebAssembly.Module | BufferSource, bytes: Uint8Array, options?: LoadOptions): Netns {
    return new Netns(moduleOf(source), options, { bytes });
  }

  /** As `create`; a Response is compiled while it streams in. */
  static async createAsync(source: CoreSource, options?: NetnsOptions): Promise<Netns> {
    return new Netns(await compile(source), options);
  }

  /**
   * Another one with the same state, from now on its own.
   * @throws {FibError} ENOBUFS
   */
  clone(): Netns {
    return new Netns(this.#module, {}, this);
  }

  /**
   * Runs commands of iproute2's language, `route add 10.0.0.0/8 via 192.0.2.1`, and gives their output: one command as
   * an array of words, or text with one on each line.
   * @throws {IpError} one failed, with exit code and error output
   */
  ip(text: string | readonly string[], options?: IpOptions): string {
    return ip(this, text, options);
  }
}

function moduleOf(source: WebAssembly.Module | BufferSource): WebAssembly.Module {
  return source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
}

async function compile(source: CoreSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  return WebAssembly.compileStreaming(source);
}

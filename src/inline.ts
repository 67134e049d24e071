/**
 * inline.ts - a Netns whose core is inlined in this package as base64, compiled once at first use.
 */
import { coreModule, coreModuleAsync } from './core/inlined.js';
import { instantiate } from './core/load.js';
import type { LoadOptions } from './core/snapshot.js';
import { ip, type IpOptions } from './ip/index.js';
import { Netns as Base, type NetnsOptions } from './netns.js';

/** The routing state of one network namespace: its own WebAssembly instance and memory. */
export class Netns extends Base {
  /**
   * Makes an empty one, at once. The first call compiles the core (some milliseconds), later ones share it.
   * @throws {FibError} EINVAL a bad option; ENOBUFS maxBytes is too small
   */
  static create(options?: NetnsOptions): Netns {
    return new Netns(instantiate(coreModule()), options);
  }

  /**
   * Makes one from the bytes that `save` gave. They are walked before they are believed, unless they are trusted.
   * @throws {WireError} bytes that are no snapshot, are truncated or damaged, or of another version of the format
   * @throws {FibError} EUCLEAN walked, and found to be forged; EINVAL a bad option; ENOBUFS
   */
  static load(bytes: Uint8Array, options?: LoadOptions): Netns {
    return new Netns(instantiate(coreModule()), options, { bytes });
  }

  /**
   * Another one with the same state, from now on its own.
   * @throws {FibError} ENOBUFS
   */
  clone(): Netns {
    return new Netns(instantiate(coreModule()), {}, this);
  }

  /** As `create`, but the core is compiled off the calling thread: for pages that must not wait. */
  static async createAsync(options?: NetnsOptions): Promise<Netns> {
    return new Netns(instantiate(await coreModuleAsync()), options);
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

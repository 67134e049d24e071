/**
 * classic.ts - the classic gateway index, as a kernel module of the 2.6 years kept it: one destination for each gateway
 * of one interface, fed by route notifications (spec GWI-3..30, core in assembly/gateway/classic.ts).
 *
 * It has that design's limits on purpose: routes that were there before are unknown, a second route through a gateway
 * is refused, a delete does not look at the destination, removals without a notification go unseen. `ns.gateway` has none
 * of them.
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import type { Core } from './core/core.js';
import { show, whole } from './core/route.js';
import { FibError, errnoName } from './errors.js';
import type { LinkTable } from './links.js';
import { GROUP_ROUTE, type Notices } from './notices.js';
import { formatAddress4, parseAddress4 } from './text/address.js';

/** How a classic index is opened. */
export interface ClassicOptions {
  /** The one interface whose routes count, by name or index (GWI-12). */
  readonly dev: string | number;
  /** Multiplier of hash_32: 0x9e370001 of kernels up to 4.6 (default), 0x61c88647 from 4.7 on (GWI-17). */
  readonly constant?: 0x9e370001 | 0x61c88647;
  /** Follows the notifications of this Netns, from now on (GWI-3, GWI-4); default true. Otherwise `receive` feeds it. */
  readonly listen?: boolean;
  /** Takes what the module would write to the log (GWI-9, GWI-13, GWI-21). */
  readonly warn?: (text: string) => void;
}

/** A gateway and the destination that it was announced with. */
export interface ClassicMapping {
  readonly gateway: string;
  /** Without length: it is not looked at (GWI-14). */
  readonly destination: string;
}

/** Bytes that the module reads at a time (GWI-5). */
const BUFFER = 2000;
const NLMSG_HEADER = 16;
const RTMSG = 12;
/** hash_32's multiplier of the classic years. */
const OLD_GOLDEN = 0x9e370001;
const NEW_GOLDEN = 0x61c88647;

/** A classic index that is open. Close it. */
export class ClassicGateways {
  readonly #core: Core;
  readonly #oif: number;
  readonly #warn: (text: string) => void;
  readonly #stop: () => void;
  #isClosed = false;

  /** @internal By `ns.gateway.classic`. */
  constructor(core: Core, links: LinkTable, notices: Notices, options: ClassicOptions) {
    const { dev, constant = OLD_GOLDEN, listen = true, warn } = options;
    const operation = 'gateway classic';
    if (constant !== OLD_GOLDEN && constant !== NEW_GOLDEN) {
      throw new FibError('EINVAL', operation, {
        detail: `constant: expected 0x9e370001 or 0x61c88647, got ${show(constant)}`,
      });
    }
    this.#core = core;
    this.#oif =
      typeof dev === 'string'
        ? links.indexOf(dev, operation, false)
        : whole(dev, 'dev', 1, 0x7fffffff, operation);
    this.#warn = warn ?? (() => undefined);
    const err = core.exports.classicOpen(constant | 0);
    if (err < 0) throw FibError.fromErrno(err, operation);
    this.#stop = listen
      ? notices.subscribe([GROUP_ROUTE], (message) => {
          this.receive(message);
        })
      : () => undefined;
  }

  /**
   * Takes a datagram as the module's reader does: 2000 bytes of it at most (GWI-5), message by message, as far as they
   * are whole (GWI-7); DONE and ERROR end it (GWI-8, GWI-9). Bytes that are no message are passed over in silence.
   */
  receive(datagram: Uint8Array): void {
    const bytes = datagram.subarray(0, BUFFER);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; bytes.length - at >= NLMSG_HEADER;) {
      const length = view.getUint32(at, true);
      if (length < NLMSG_HEADER || length > bytes.length - at) return;
      const type = view.getUint16(at + 4, true);
      if (type === uapi.NLMSG_DONE) return;
      if (type === uapi.NLMSG_ERROR) {
        this.#warn('netlink error message: the rest of its datagram is not read');
        return;
      }
      this.#handle(type, view, at + NLMSG_HEADER, at + length);
      at += (length + 3) & ~3;
    }
  }

  /** GWI-10..13. */
  #handle(type: number, view: DataView, from: number, end: number): void {
    const { gateway, oif, destination } = readAttributes(view, from + RTMSG, end);
    if (gateway === 0 || oif !== this.#oif) return;
    try {
      if (type === uapi.RTM_NEWROUTE) this.add(gateway, destination);
      else if (type === uapi.RTM_DELROUTE) this.delete(gateway);
    } catch (error) {
      if (!(error instanceof FibError)) throw error;
      this.#warn(error.message);
    }
  }

  /**
   * GWI-21. Addresses are text or u32 in host order. O(chain).
   * @throws {FibError} EEXIST the gateway is there, and nothing changes; ENOMEM; EINVAL malformed; EBADF closed
   */
  add(gateway: string | number, destination: string | number): void {
    const g = this.#address(gateway, 'gateway');
    const dst = this.#address(destination, 'destination');
    const err = this.#core.exports.classicAdd(g | 0, dst | 0);
    if (err === 0) return;
    const old =
      err === -uapi.EEXIST ? `: ${this.find(g) ?? ''} stays, ${formatAddress4(dst)} is not taken` : '';
    throw new FibError(errnoName(err), 'gateway add', { detail: `${formatAddress4(g)}${old}` });
  }

  /**
   * GWI-22: whatever the destination is. O(chain).
   * @throws {FibError} ENOENT no such gateway; EINVAL malformed; EBADF closed
   */
  delete(gateway: string | number): void {
    const g = this.#address(gateway, 'gateway');
    const err = this.#core.exports.classicDelete(g | 0);
    if (err < 0) throw FibError.fromErrno(err, 'gateway delete', { detail: formatAddress4(g) });
  }

  /**
   * The destination of a gateway, or undefined (GWI-20). O(chain).
   * @throws {FibError} EINVAL malformed; EBADF closed
   */
  find(gateway: string | number): string | undefined {
    const at = this.#core.exports.classicFind(this.#address(gateway, 'gateway') | 0) >>> 0;
    return at === 0 ? undefined : this.#read(at).destination;
  }

  /**
   * All mappings: chain by chain, newest first (GWI-15). O(4096 + mappings).
   * @throws {FibError} EBADF closed
   */
  list(): ClassicMapping[] {
    const { exports } = this.#core;
    this.#mustBeOpen();
    const found: ClassicMapping[] = [];
    for (let at = exports.classicNext(0) >>> 0; at !== 0; at = exports.classicNext(at) >>> 0) {
      found.push(this.#read(at));
    }
    return found;
  }

  /** Stops listening and frees the index; a second time nothing happens. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stop();
    this.#core.exports.classicClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #read(at: number): ClassicMapping {
    const { view } = this.#core;
    return {
      gateway: formatAddress4(view.getUint32(at + abi.MAPPING_GATEWAY, true)),
      destination: formatAddress4(view.getUint32(at + abi.MAPPING_DESTINATION, true)),
    };
  }

  #address(address: string | number, name: string): number {
    this.#mustBeOpen();
    if (typeof address === 'string') return parseAddress4(address);
    return whole(address, name, 0, 0xffffffff, 'gateway classic');
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new FibError('EBADF', 'gateway classic', { detail: 'closed' });
  }
}

/** The three attributes that count; an attribute that is not whole ends the list. */
function readAttributes(
  view: DataView,
  from: number,
  end: number,
): { gateway: number; oif: number; destination: number } {
  const found = { gateway: 0, oif: 0, destination: 0 };
  for (let at = from; end - at >= 4;) {
    const length = view.getUint16(at, true);
    if (length < 4 || length > end - at) break;
    const type = view.getUint16(at + 2, true) & uapi.NLA_TYPE_MASK;
    if (length >= 8) {
      if (type === uapi.RTA_GATEWAY) found.gateway = view.getUint32(at + 4);
      else if (type === uapi.RTA_DST) found.destination = view.getUint32(at + 4);
      else if (type === uapi.RTA_OIF) found.oif = view.getUint32(at + 4, true);
    }
    at += (length + 3) & ~3;
  }
  return found;
}

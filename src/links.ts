/**
 * links.ts - the interfaces of a Netns: names and indexes over the core's device records.
 *
 * Until addresses and link state have a say, a link is no more than what a route stands on: `lo` is there from the
 * start, and a device that a route names becomes a link by being named.
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { outOfMemory, type Core } from './core/core.js';
import { show, whole, type Links } from './core/route.js';
import { FibError } from './errors.js';

/** An interface. */
export interface Link {
  /** Interface index, 1 or more. */
  readonly index: number;
  /** 1..15 bytes of text without spaces and slashes. */
  readonly name: string;
  /** IFF_* bits. */
  readonly flags: number;
}

/** A link to add. */
export interface LinkInput {
  readonly name: string;
  /** Default: one above the highest. */
  readonly index?: number;
  /** Default true. */
  readonly up?: boolean;
}

const MAX_INDEX = 0x7fffffff;

/** The links of one Netns; `ns.link`. */
export class LinkTable implements Links {
  readonly #core: Core;
  readonly #names = new Map<number, string>();
  readonly #indexes = new Map<string, number>();
  #highest = 0;
  /** A link that is there: the one that was named last, most often. */
  #known = 1;
  /** Links made by the operation that is going on. */
  #fresh: number[] = [];

  constructor(core: Core) {
    this.#core = core;
    this.#insert(1, 'lo', uapi.IFF_UP | uapi.IFF_LOOPBACK | uapi.IFF_RUNNING | uapi.IFF_LOWER_UP, 'create');
  }

  /**
   * Adds a link.
   * @throws {FibError} EINVAL a bad name or index; EEXIST name or index taken; ENOBUFS
   */
  add(input: LinkInput): Link {
    const operation = 'link add';
    if (typeof input !== 'object' || input === null) {
      throw new FibError('EINVAL', operation, { detail: `link: expected an object, got ${show(input)}` });
    }
    const name = checkName(input.name, operation);
    if (this.#indexes.has(name)) throw new FibError('EEXIST', operation, { detail: `name ${name}` });
    const index =
      input.index === undefined ? this.#highest + 1 : whole(input.index, 'index', 1, MAX_INDEX, operation);
    const isUp = input.up ?? true;
    const flags = uapi.IFF_BROADCAST | (isUp ? uapi.IFF_UP | uapi.IFF_RUNNING | uapi.IFF_LOWER_UP : 0);
    this.#insert(index, name, flags, operation);
    return { index, name, flags };
  }

  /** All links by ascending index. */
  list(): Link[] {
    const links: Link[] = [];
    for (let index = 0; ;) {
      const at = this.#core.exports.deviceNext(index) >>> 0;
      if (at === 0) return links;
      const view = this.#core.view;
      index = view.getUint32(at + abi.DEVICE_INDEX, true);
      links.push({
        index,
        name: this.#names.get(index)!,
        flags: view.getUint32(at + abi.DEVICE_FLAGS, true),
      });
    }
  }

  /** @internal */
  nameOf(index: number): string | undefined {
    return this.#names.get(index);
  }

  /** @internal */
  indexOf(name: string, operation: string, mayAdd: boolean): number {
    const index = this.#indexes.get(name);
    if (index !== undefined) return index;
    checkName(name, operation);
    if (!mayAdd) throw new FibError('ENODEV', operation, { detail: `dev ${name}` });
    const numbered = /^if([1-9][0-9]{0,8})$/.exec(name);
    const wanted = numbered === null ? 0 : Number(numbered[1]);
    const free = wanted !== 0 && !this.#names.has(wanted) ? wanted : this.#highest + 1;
    this.#insert(free, name, 0, operation);
    this.#fresh.push(free);
    return free;
  }

  /** @internal */
  know(index: number): void {
    if (index === this.#known || this.#names.has(index)) {
      this.#known = index;
      return;
    }
    this.#insert(index, this.#placeholder(index), 0, 'link add');
    this.#fresh.push(index);
  }

  /** @internal Ends an operation: the links that it made by naming them stay, or go when it was refused. */
  settle(isDone: boolean): void {
    if (this.#fresh.length === 0) return;
    if (!isDone) this.#fresh.forEach((index) => this.#remove(index));
    this.#fresh = [];
  }

  /** @internal A source says that a link has this name: a placeholder gets it, whoever had it becomes one. */
  learn(index: number, name: string): void {
    if (this.#names.get(index) === name) return;
    checkName(name, 'apply');
    const other = this.#indexes.get(name);
    if (other !== undefined) {
      this.#remove(other);
      this.#insert(other, this.#placeholder(other), 0, 'apply');
    }
    if (this.#names.has(index)) this.#remove(index);
    this.#insert(index, name, uapi.IFF_UP, 'apply');
  }

  #placeholder(index: number): string {
    let name = `if${index}`;
    while (this.#indexes.has(name)) name += '_';
    return name;
  }

  #insert(index: number, name: string, flags: number, operation: string): void {
    if (this.#names.has(index)) throw new FibError('EEXIST', operation, { detail: `index ${index}` });
    const { device } = this.#core;
    const view = this.#core.view;
    view.setUint32(device + abi.DEVICE_INDEX, index, true);
    view.setUint32(device + abi.DEVICE_FLAGS, flags, true);
    const room = this.#core.u8.subarray(device + abi.DEVICE_NAME, device + abi.DEVICE_BYTES);
    room.fill(0);
    new TextEncoder().encodeInto(name, room.subarray(0, uapi.IFNAMSIZ - 1));
    const err = this.#core.exports.deviceAdd(device);
    if (err < 0) throw -err === uapi.ENOBUFS ? outOfMemory(operation) : FibError.fromErrno(err, operation);
    this.#names.set(index, name);
    this.#indexes.set(name, index);
    this.#highest = Math.max(this.#highest, index);
  }

  #remove(index: number): void {
    if (this.#known === index) this.#known = 1;
    this.#core.exports.deviceRemove(index);
    this.#indexes.delete(this.#names.get(index)!);
    this.#names.delete(index);
  }
}

/** The name itself, when Linux would take it for an interface. */
function checkName(name: unknown, operation: string): string {
  const fits = typeof name === 'string' && /^[^\s/:\0]+$/u.test(name) && name !== '.' && name !== '..';
  if (fits && new TextEncoder().encode(name).length < uapi.IFNAMSIZ) return name;
  throw new FibError('EINVAL', operation, {
    detail: `interface name: expected 1..15 bytes without spaces, slashes and colons, got ${show(name)}`,
  });
}

/**
 * table/values.ts - values and their ids. The core knows ids only; equal values share one, and an id that no prefix has
 * any more is given out again.
 */
import { FibError } from '../errors.js';

/** Most ids that there can be (assembly/table/entry.ts). */
const MAX_ID = 0x3fffffff;

/** Values by id. */
export interface Values<V> {
  /** The id of a value, with one more user. @throws {FibError} EINVAL a value that cannot be kept; ENOBUFS no id is left */
  take(value: V): number;
  /** An id has one user more, */
  hold(id: number): void;
  /** or one less. */
  drop(id: number): void;
  /** The value of an id. */
  at(id: number): V;
  /** Forgets everything. */
  clear(): void;
  /** How many different values there are. */
  readonly size: number;
}

/** Users of each id, and the ids that have none. */
class Ids {
  #users = new Uint32Array(64);
  #next = 1;
  readonly #free: number[] = [];

  get size(): number {
    return this.#next - 1 - this.#free.length;
  }

  /** An id without users. */
  fresh(): number {
    const id = this.#free.pop() ?? this.#next++;
    if (id > MAX_ID) throw new FibError('ENOBUFS', 'set', { detail: 'too many different values' });
    if (id >= this.#users.length) {
      const users = new Uint32Array(2 * this.#users.length);
      users.set(this.#users);
      this.#users = users;
    }
    return id;
  }

  hold(id: number): void {
    this.#users[id]!++;
  }

  /** True when the last user has gone. */
  drop(id: number): boolean {
    if (--this.#users[id]! > 0) return false;
    this.#free.push(id);
    return true;
  }
}

/** Stands for -0 among the keys of a Map, which takes it for 0. */
const MINUS_ZERO = Symbol('-0');

/** Any JavaScript values; equal primitives and the same object share an id. */
export class AnyValues<V> implements Values<V> {
  #ids = new Ids();
  #values: (V | undefined)[] = [undefined];
  readonly #idOf = new Map<unknown, number>();

  get size(): number {
    return this.#ids.size;
  }

  take(value: V): number {
    const key = Object.is(value, -0) ? MINUS_ZERO : value;
    let id = this.#idOf.get(key);
    if (id === undefined) {
      id = this.#ids.fresh();
      this.#idOf.set(key, id);
      this.#values[id] = value;
    }
    this.#ids.hold(id);
    return id;
  }

  hold(id: number): void {
    this.#ids.hold(id);
  }

  drop(id: number): void {
    if (!this.#ids.drop(id)) return;
    const value = this.#values[id];
    this.#idOf.delete(Object.is(value, -0) ? MINUS_ZERO : value);
    this.#values[id] = undefined;
  }

  at(id: number): V {
    return this.#values[id] as V;
  }

  clear(): void {
    this.#ids = new Ids();
    this.#values = [undefined];
    this.#idOf.clear();
  }
}

/** Numbers of 0..2^32-1 in typed arrays: a hash from value to id, and no object for any of them. */
export class NumberValues implements Values<number> {
  #ids = new Ids();
  /** Value by id. */
  #values = new Uint32Array(64);
  /** First id of each chain of the hash, and the next one by id. */
  #heads = new Uint32Array(64);
  #nexts = new Uint32Array(64);

  get size(): number {
    return this.#ids.size;
  }

  /** Values by id; what stands at 0 is nobody's. Good until the next change. */
  get byId(): Uint32Array {
    return this.#values;
  }

  take(value: number): number {
    if (typeof value !== 'number' || value >>> 0 !== value || Object.is(value, -0)) {
      throw new FibError('EINVAL', 'set', {
        detail: `value: expected a whole number of 0..4294967295, got ${String(value)}`,
      });
    }
    let id = this.#heads[this.#chain(value)]!;
    while (id !== 0 && this.#values[id] !== value) id = this.#nexts[id]!;
    if (id === 0) id = this.#add(value);
    this.#ids.hold(id);
    return id;
  }

  hold(id: number): void {
    this.#ids.hold(id);
  }

  drop(id: number): void {
    if (!this.#ids.drop(id)) return;
    const chain = this.#chain(this.#values[id]!);
    if (this.#heads[chain] === id) {
      this.#heads[chain] = this.#nexts[id]!;
      return;
    }
    let before = this.#heads[chain]!;
    while (this.#nexts[before] !== id) before = this.#nexts[before]!;
    this.#nexts[before] = this.#nexts[id]!;
  }

  at(id: number): number {
    return this.#values[id]!;
  }

  clear(): void {
    this.#ids = new Ids();
    this.#heads.fill(0);
  }

  #chain(value: number): number {
    return (Math.imul(value ^ (value >>> 15), 0x9e3779b1) >>> 7) & (this.#heads.length - 1);
  }

  #add(value: number): number {
    const id = this.#ids.fresh();
    if (id >= this.#values.length) this.#grow();
    this.#values[id] = value;
    this.#link(id);
    return id;
  }

  #link(id: number): void {
    const chain = this.#chain(this.#values[id]!);
    this.#nexts[id] = this.#heads[chain]!;
    this.#heads[chain] = id;
  }

  /** Twice the room; all ids are in use then. */
  #grow(): void {
    const { length } = this.#values;
    const values = new Uint32Array(2 * length);
    values.set(this.#values);
    this.#values = values;
    this.#heads = new Uint32Array(2 * length);
    this.#nexts = new Uint32Array(2 * length);
    for (let id = 1; id < length; id++) this.#link(id);
  }
}

/** One value, which all members of a set have. */
export class OneValue implements Values<true> {
  readonly size = 1;

  take(): number {
    return 1;
  }

  hold(): void {
    // nothing is counted
  }

  drop(): void {
    // nothing is counted
  }

  at(): true {
    return true;
  }

  clear(): void {
    // nothing is kept
  }
}

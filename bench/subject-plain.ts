/**
 * bench/subject-plain.ts - what a program writes without a library: one sorted array, one Map per prefix length.
 */
import { addressNumber, maskOf, type Subject } from './subject.js';
import type { Table } from './table.js';

/** A route of the linear array. */
interface Row {
  readonly address: number;
  readonly mask: number;
  readonly length: number;
  readonly nexthop: number;
}

/** All prefixes in one array, longest first: the first that matches is the answer. O(n). */
export class ArraySubject implements Subject {
  #rows: Row[] = [];

  build(table: Table): void {
    this.#rows = Array.from(table.addresses, (_, i) => row(table, i));
    this.#rows.sort((a, b) => b.length - a.length);
  }

  insert(table: Table, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const added = row(table, i);
      const at = this.#rows.findIndex(({ length }) => length <= added.length);
      this.#rows.splice(at < 0 ? this.#rows.length : at, 0, added);
    }
  }

  remove(table: Table, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const [address, length] = [table.addresses[i]!, table.lengths[i]!];
      const at = this.#rows.findIndex((row) => row.address === address && row.length === length);
      if (at >= 0) this.#rows.splice(at, 1);
    }
  }

  nexthop(address: number): number {
    for (const row of this.#rows) if ((address & row.mask) >>> 0 === row.address) return row.nexthop;
    return 0;
  }

  lookupNumbers(dsts: Uint32Array, from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.nexthop(dsts[i]!);
    return sum;
  }

  lookupTexts(dsts: readonly string[], from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.nexthop(addressNumber(dsts[i]!));
    return sum;
  }

  covers(address: number): boolean {
    return this.nexthop(address) !== 0;
  }
}

function row(table: Table, i: number): Row {
  const length = table.lengths[i]!;
  return { address: table.addresses[i]!, mask: maskOf(length), length, nexthop: table.nexthops[i]! };
}

/** One Map for each prefix length in use, asked from the longest to the shortest. O(lengths). */
export class MapsSubject implements Subject {
  #maps: { readonly length: number; readonly mask: number; readonly routes: Map<number, number> }[] = [];

  build(table: Table): void {
    this.#maps = [];
    this.insert(table, 0, table.addresses.length);
  }

  insert(table: Table, from: number, to: number): void {
    for (let i = from; i < to; i++)
      this.#routes(table.lengths[i]!).set(table.addresses[i]!, table.nexthops[i]!);
  }

  remove(table: Table, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#routes(table.lengths[i]!).delete(table.addresses[i]!);
  }

  #routes(length: number): Map<number, number> {
    const found = this.#maps.find((map) => map.length === length);
    if (found !== undefined) return found.routes;
    const routes = new Map<number, number>();
    this.#maps.push({ length, mask: maskOf(length), routes });
    this.#maps.sort((a, b) => b.length - a.length);
    return routes;
  }

  nexthop(address: number): number {
    for (const { mask, routes } of this.#maps) {
      const nexthop = routes.get((address & mask) >>> 0);
      if (nexthop !== undefined) return nexthop;
    }
    return 0;
  }

  lookupNumbers(dsts: Uint32Array, from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.nexthop(dsts[i]!);
    return sum;
  }

  lookupTexts(dsts: readonly string[], from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.nexthop(addressNumber(dsts[i]!));
    return sum;
  }

  covers(address: number): boolean {
    return this.nexthop(address) !== 0;
  }
}

/**
 * bench/subject-hoptrie.ts - hoptrie itself, through its public names.
 */
import type { Batch, Netns, RouteInput } from 'hoptrie';
import {
  addRoutes,
  createNetns,
  deleteRoutes,
  nexthopCount,
  nexthopNumber,
  nexthopRoutes,
} from './engine.js';
import { lookupIds, lookupTexts } from './lookups.js';
import type { Subject } from './subject.js';
import type { Table } from './table.js';

/** A Netns with the table in table main. */
export class HoptrieSubject implements Subject {
  #ns: Netns = createNetns();
  #routes: RouteInput[] = [];
  #batch: Batch | undefined;

  build(table: Table): void {
    this.#ns.close();
    this.#batch = undefined;
    this.#ns = createNetns();
    this.#routes = nexthopRoutes(nexthopCount(table));
    addRoutes(this.#ns, table, this.#routes, 0, table.addresses.length);
  }

  insert(table: Table, from: number, to: number): void {
    addRoutes(this.#ns, table, this.#routes, from, to);
  }

  remove(table: Table, from: number, to: number): void {
    deleteRoutes(this.#ns, table, from, to);
  }

  lookupNumbers(dsts: Uint32Array, from: number, to: number): number {
    return lookupIds(this.#ns, dsts, from, to);
  }

  lookupTexts(dsts: readonly string[], from: number, to: number): number {
    return lookupTexts(this.#ns, dsts, from, to);
  }

  /** The rows are written into the batch with each call, as a caller's packets would be. */
  lookupBatch(dsts: Uint32Array): void {
    if (this.#batch === undefined || this.#batch.capacity < dsts.length) {
      this.#batch?.close();
      this.#batch = this.#ns.batch(dsts.length);
    }
    this.#batch.dst.set(dsts);
    this.#batch.run(dsts.length);
  }

  nexthop(address: number): number {
    return nexthopNumber(this.#ns.tryLookup(address)?.via);
  }

  covers(address: number): boolean {
    return this.#ns.lookupId(address) !== 0;
  }

  bytes(): number {
    return Object.values(this.#ns.stats().arena).reduce((sum, kind) => sum + kind.bytes, 0);
  }
}

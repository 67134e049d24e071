/**
 * table/life.ts - random lives of a table beside the oracle's: every operation, and after each what it was about, or everything,
 * compared.
 */
import assert from 'node:assert/strict';
import { NumberTable, PrefixTable, type Forward, type PrefixLike } from '../../src/table/index.js';
import { formatPrefix4, formatPrefix6 } from '../../src/text/prefix.js';
import { Oracle, addressText, bitsOf, lastOf, order, plain, text, type Plain, type Row } from './oracle.js';
import type { Entries, Step, Walking } from './steps.js';

/** A table with numbers as values. */
type Numbers = NumberTable | PrefixTable<number>;

/** An address. */
type Address = readonly [is6: boolean, address: bigint];

/** A step of two tables. */
type Joining = Extract<Step, { readonly all: Entries }>;
/** A step over the whole table. */
type Whole = Exclude<
  Step,
  | { readonly prefix: Plain }
  | { readonly count: number }
  | { readonly at: number }
  | { readonly shape: Forward }
>;

/** A walk on its way. */
interface Journey {
  readonly by: Walking;
  readonly prefix: Plain;
  readonly steps: Generator<[prefix: string, value: number], void, undefined>;
  /** What it has given last. */
  last: Plain | undefined;
  isOver: boolean;
}

/** A table and what it should be. */
export class Life {
  table: Numbers;
  readonly oracle = new Oracle<number>();
  /** Filled anew for each operation of two tables. */
  readonly #other: Numbers;
  #journey: Journey | undefined;

  constructor(kind: 'numbers' | 'values', forward: Forward) {
    const make = (): Numbers =>
      kind === 'numbers' ? new NumberTable({ forward }) : new PrefixTable<number>({ forward });
    this.table = make();
    this.#other = make();
  }

  close(): void {
    this.table.close();
    this.#other.close();
  }

  /** Takes a step in both. */
  step(s: Step): void {
    const { table, oracle } = this;
    switch (s.do) {
      case 'set':
        table.set(spelled(s.prefix), s.value);
        oracle.set(s.prefix, s.value);
        return;
      case 'update':
        this.#update(s.prefix, (old) => (old === undefined ? s.value : (old ^ 1) >>> 0));
        return;
      case 'delete':
        this.#delete(s.prefix);
        return;
      case 'drop':
        if (table.size > 0) this.#delete(oracle.entries[s.at % table.size]!.prefix);
        return;
      case 'ask':
        this.#ask(s.prefix);
        return;
      case 'walk':
        this.#journey = { ...s, steps: this.#walk(s.by, s.prefix), last: undefined, isOver: false };
        return;
      case 'next':
        for (let i = 0; i < s.count && this.#journey !== undefined; i++) this.#next(this.#journey);
        return;
      case 'forward':
        table.setForward(s.shape);
        return;
      case 'setAll':
      case 'replaceAll':
        table[s.do](s.all.map(([p, v]) => [spelled(p), v] as const));
        if (s.do === 'replaceAll') oracle.entries = [];
        for (const [p, v] of s.all) oracle.set(p, v);
        return;
      default:
        this.#whole(s);
    }
  }

  #delete(prefix: Plain): void {
    assert.equal(this.table.delete(spelled(prefix)), this.oracle.delete(prefix));
  }

  #update(prefix: Plain, make: (old: number | undefined) => number): void {
    const now = make(this.oracle.get(prefix));
    assert.equal(this.table.update(spelled(prefix), make), now);
    this.oracle.set(prefix, now);
  }

  /** Steps over the whole table. */
  #whole(s: Whole): void {
    const { table, oracle } = this;
    switch (s.do) {
      case 'clear':
        table.clear();
        oracle.entries = [];
        return;
      case 'clone':
        this.#alike(table.clone());
        return;
      case 'save':
        this.#alike(load(table));
        return;
      case 'aggregate':
        this.#aggregate();
        return;
      case 'filter':
        this.#become(table.filter((value, key) => value !== s.value || key.includes(':')));
        oracle.entries = oracle.entries.filter(({ prefix, value }) => value !== s.value || prefix.is6);
        return;
      default:
        this.#algebra(s.do, s.all);
    }
  }

  #become(table: Numbers): void {
    this.table.close();
    this.table = table;
    this.#journey = undefined;
  }

  #alike(table: Numbers): void {
    assert.ok(table.equals(this.table) && this.table.equals(table));
    this.#become(table);
  }

  #algebra(what: Joining['do'], all: Entries): void {
    const other = this.#other.replaceAll(all.map(([p, v]) => [spelled(p), v] as const));
    const { table, oracle } = this;
    const theirs = new Oracle<number>();
    for (const [p, v] of all) theirs.set(p, v);
    assert.equal(
      table.overlaps(other),
      theirs.entries.some(({ prefix }) => oracle.overlaps(prefix)),
    );
    if (what === 'difference' || what === 'intersection') {
      this.#become(table[what](other));
      const isKept = what === 'intersection';
      oracle.entries = oracle.entries.filter(({ prefix }) => theirs.has(prefix) === isKept);
      return;
    }
    const resolve = (mine: number, value: number): number =>
      what === 'resolve' ? Math.max(mine, value) : value;
    this.#become(what === 'resolve' ? table.union(other, resolve) : table.union(other));
    for (const { prefix, value } of theirs.entries)
      oracle.set(prefix, resolve(oracle.get(prefix) ?? 0, value));
  }

  /** The aggregate answers alike at the ends of all prefixes, and has no more of them. */
  #aggregate(): void {
    const few = this.table.aggregate();
    few.check();
    assert.ok(few.size <= this.table.size);
    for (const [is6, address] of this.edges()) {
      assert.equal(few.lookup(addressText(is6, address)), this.oracle.lookup(is6, address));
    }
    few.close();
  }

  /** The addresses at which answers can change, and their neighbours. */
  edges(): Address[] {
    return this.oracle.entries.flatMap(({ prefix }) => edgesOf(prefix));
  }

  #walk(by: Walking, prefix: Plain): Journey['steps'] {
    const from = spelled(prefix);
    return by === 'entries' ? this.table.entries({ from }) : this.table[by](from);
  }

  /** What a walk goes through as things stand. */
  #way(by: Walking, prefix: Plain): Row<number>[] {
    if (by !== 'entries') return this.oracle[by](prefix);
    return this.oracle.entries.filter((each) => order(each.prefix, prefix) >= 0);
  }

  /** A walk gives the first prefix behind its last one that is there now; when it is over it stays so. */
  #next(journey: Journey): void {
    const { by, prefix, last, isOver } = journey;
    const way = isOver ? [] : this.#way(by, prefix);
    const want = way.find((each) => last === undefined || order(each.prefix, last) > 0);
    assert.deepEqual(journey.steps.next().value, want && pairOf(want), `${by} ${text(prefix)}`);
    journey.last = want?.prefix;
    journey.isOver = want === undefined;
  }

  /** Compares what a step is about: quicker than `compare`, which walks whole views. */
  glance(s: Step): void {
    const { table, oracle } = this;
    assert.equal(table.size, oracle.entries.length);
    const about = 'prefix' in s ? [s.prefix] : 'all' in s ? s.all.map(([each]) => each) : [];
    for (const each of about) {
      assert.equal(table.get(text(each)), oracle.get(each), text(each));
      for (const [i, [is6, a]] of edgesOf(each).entries())
        assert.equal(table.lookup(FORMS[i % 3]!(is6, a)), oracle.lookup(is6, a), addressText(is6, a));
    }
  }

  /** Every invariant holds, and no value is kept that no prefix has. */
  check(): void {
    const { table, oracle } = this;
    table.check();
    assert.equal(table.stats().values, new Set(oracle.entries.map(({ value }) => value)).size, 'values');
  }

  /** Compares everything. */
  compare(probes: readonly Plain[]): void {
    const { table, oracle } = this;
    this.check();
    assert.equal(table.size4, oracle.entries.filter(({ prefix }) => !prefix.is6).length);
    assert.equal(table.size, oracle.entries.length);
    const want = oracle.entries.map(pairOf);
    assert.deepEqual([...table], want);
    assert.deepEqual(
      [...table.keys({ family: 6 }), ...table.values({ family: 4 })],
      [...want.slice(table.size4).map(([key]) => key), ...want.slice(0, table.size4).map(([, v]) => v)],
    );
    for (const probe of probes) this.#ask(probe);
    this.#lookups([...this.edges(), ...probes.map(({ is6, address }) => [is6, address] as const)]);
  }

  /** Asks all that can be asked about a prefix. */
  #ask(probe: Plain): void {
    const { table, oracle } = this;
    const asked = text(probe);
    assert.equal(table.get(spelled(probe)), oracle.get(probe), asked);
    assert.equal(table.has(asked), oracle.has(probe));
    assert.equal(table.overlaps(asked), oracle.overlaps(probe));
    for (const by of ['entries', 'coveredBy', 'covering'] as const) {
      const way = this.#way(by, probe).slice(0, MOST).map(pairOf);
      assert.deepEqual([...some(this.#walk(by, probe), MOST)], way, `${by} ${asked}`);
    }
    assert.deepEqual(table.lookupPrefix(asked), matchOf(oracle.covering(probe).at(-1)));
    this.#match(probe.is6, probe.address);
  }

  #match(is6: boolean, address: bigint): void {
    const covering = this.oracle.covering(plain(is6, address, bitsOf(is6)));
    const asked = addressText(is6, address);
    assert.deepEqual(this.table.match(asked), matchOf(covering.at(-1)));
    assert.deepEqual(this.table.shortestMatch(asked), matchOf(covering[0]));
  }

  /** Each address alone, twice so that a view is read, and all in batches. */
  #lookups(addresses: readonly Address[]): void {
    const { table, oracle } = this;
    const want = addresses.map(([is6, a]) => oracle.lookup(is6, a));
    const texts = addresses.map(([is6, a]) => addressText(is6, a));
    for (const round of [1, 2])
      assert.deepEqual(
        texts.map((each) => table.lookup(each)),
        want,
        `round ${round}`,
      );
    this.#batch(texts, want);
    const ofFamily = (six: boolean): number[] => addresses.flatMap(([is6], i) => (is6 === six ? [i] : []));
    const [four, six] = [ofFamily(false), ofFamily(true)];
    this.#batch(
      Uint32Array.from(four, (i) => Number(addresses[i]![1])),
      four.map((i) => want[i]),
    );
    this.#batch(
      Uint8Array.from(six.flatMap((i) => [...bytesOf(true, addresses[i]![1])])),
      six.map((i) => want[i]),
    );
    for (const [is6, a] of addresses) this.#match(is6, a);
  }

  /** A column gives these values, or what a miss gives. */
  #batch(column: readonly string[] | Uint32Array | Uint8Array, want: readonly (number | undefined)[]): void {
    const { table } = this;
    const out = new Uint32Array(want.length);
    table.lookupBatch(column, out, { miss: MISS });
    const isId = table instanceof PrefixTable;
    assert.deepEqual(
      Array.from(out, (each) => (isId && each !== MISS ? table.value(each) : each)),
      want.map((each) => each ?? MISS),
    );
  }
}

/** No value, and no id of a small table. */
const MISS = 77_777;

/** How much of a walk is compared when a prefix is asked for. */
const MOST = 12;

function* some<T>(steps: Iterable<T>, most: number): Generator<T, void, undefined> {
  for (const each of steps) {
    yield each;
    if (--most === 0) return;
  }
}

/** The same table from its bytes. */
function load(table: Numbers): Numbers {
  const bytes = table.save();
  return table instanceof NumberTable ? NumberTable.load(bytes) : PrefixTable.load<number>(bytes);
}

/** The first and last address of a prefix, and those beside it. */
function edgesOf(prefix: Plain): Address[] {
  const { is6, address } = prefix;
  const last = lastOf(prefix);
  const edges = [address - 1n, address, last, last + 1n].map((a) => [is6, a] as const);
  return edges.filter(([, a]) => a >= 0n && a < 1n << BigInt(bitsOf(is6)));
}

function pairOf({ prefix, value }: Row<number>): [prefix: string, value: number] {
  return [canonical(prefix), value];
}

function matchOf(row: Row<number> | undefined): { prefix: string; value: number } | undefined {
  return row && { prefix: canonical(row.prefix), value: row.value };
}

/** An address as text, as numbers, as bytes. */
const FORMS = [
  addressText,
  (is6: boolean, a: bigint): number | number[] => (is6 ? wordsOf(a) : Number(a)),
  bytesOf,
] as const;

/** A prefix in one of the forms that a table reads, by its length. */
function spelled(prefix: Plain): PrefixLike {
  const { is6, address, length } = prefix;
  return length % 3 === 0 ? text(prefix) : { address: FORMS[length % 3]!(is6, address), length };
}

function wordsOf(address: bigint): number[] {
  return [96n, 64n, 32n, 0n].map((at) => Number((address >> at) & 0xffffffffn));
}

function bytesOf(is6: boolean, address: bigint): Uint8Array {
  const words = is6 ? wordsOf(address) : [Number(address)];
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word);
  return bytes;
}

/** Canonical text of a prefix, by way of the library's formatters, which have tests of their own. */
function canonical({ is6, address, length }: Plain): string {
  if (!is6) return formatPrefix4(Number(address), length);
  return formatPrefix6(bytesOf(true, address), length);
}

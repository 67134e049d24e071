/**
 * table/life.ts - random lives of a table beside the oracle's: every operation, and after each everything compared.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NumberTable, type Forward } from '../../src/table/index.js';
import { formatPrefix4, formatPrefix6 } from '../../src/text/prefix.js';
import { Oracle, addressText, plain, text, type Plain } from './oracle.js';

/** A step of a life. */
export type Step =
  | { readonly do: 'set' | 'update'; readonly prefix: Plain; readonly value: number }
  | { readonly do: 'delete'; readonly prefix: Plain }
  | { readonly do: 'clear' | 'aggregate' | 'clone' | 'save' }
  | {
      readonly do: 'setAll' | 'replaceAll' | 'union' | 'difference' | 'intersection';
      readonly all: readonly (readonly [Plain, number])[];
    }
  | { readonly do: 'forward'; readonly shape: Forward };

/** Addresses that collide: few bits vary, at the ends of the frame, chunks and blocks of the views. */
const address4 = fc.oneof(
  fc.constantFrom(0n, 0xffffffffn, 0x0a000000n, 0x0a0100ffn),
  fc.tuple(fc.constantFrom(0x0a000000n, 0xfffff000n), fc.bigInt(0n, 0x3ffn)).map(([a, b]) => a | b),
  fc.bigInt(0n, 0xffffffffn),
);
const base6 = 0x20010db8_0000_0000_0000_0000_0000_0000n;
const address6 = fc.oneof(
  fc.constantFrom(0n, (1n << 128n) - 1n, base6),
  fc
    .tuple(fc.constantFrom(0n, 2n, 8n, 60n, 62n, 64n, 74n, 80n, 98n, 110n), fc.bigInt(0n, 0x3fn))
    .map(([at, n]) => base6 ^ (n << at)),
  fc
    .tuple(fc.bigInt(0n, 3n), fc.bigInt(0n, 3n), fc.bigInt(0n, 3n))
    .map(([a, b, c]) => base6 | (a << 78n) | (b << 64n) | c),
);
const length4 = fc.oneof(fc.constantFrom(0, 8, 14, 18, 23, 24, 25, 31, 32), fc.integer({ min: 0, max: 32 }));
const length6 = fc.oneof(
  fc.constantFrom(0, 1, 16, 24, 30, 32, 48, 60, 64, 66, 126, 127, 128),
  fc.integer({ min: 0, max: 128 }),
);

export const prefix: fc.Arbitrary<Plain> = fc.oneof(
  fc.tuple(address4, length4).map(([a, l]) => plain(false, a, l)),
  fc.tuple(address6, length6).map(([a, l]) => plain(true, a, l)),
);
const value = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(0xffffffff, 32767, 32768));
const all = fc.array(fc.tuple(prefix, value), { maxLength: 12 });

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('set' as const), prefix, value }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('delete' as const), prefix }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('update' as const), prefix, value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear', 'aggregate', 'clone', 'save') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('setAll', 'replaceAll', 'union', 'difference', 'intersection'),
      all,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('forward' as const),
      shape: fc.constantFrom('auto', 'off', 'compact', 'direct'),
    }),
  },
);

/** A table and what it should be. */
export class Life {
  table: NumberTable;
  oracle = new Oracle<number>();

  constructor(forward: Forward) {
    this.table = new NumberTable({ forward });
  }

  /** Takes a step in both. */
  step(s: Step): void {
    const { table, oracle } = this;
    switch (s.do) {
      case 'set':
        table.set(text(s.prefix), s.value);
        oracle.set(s.prefix, s.value);
        return;
      case 'update': {
        const make = (old: number | undefined): number => (old === undefined ? s.value : (old ^ 1) >>> 0);
        const now = make(oracle.get(s.prefix));
        assert.equal(table.update(text(s.prefix), make), now);
        oracle.set(s.prefix, now);
        return;
      }
      case 'delete':
        assert.equal(table.delete(text(s.prefix)), oracle.delete(s.prefix));
        return;
      case 'clear':
        table.clear();
        oracle.entries = [];
        return;
      case 'forward':
        table.setForward(s.shape);
        return;
      case 'clone':
        this.#become(table.clone());
        return;
      case 'save':
        this.#become(NumberTable.load(table.save()));
        return;
      case 'aggregate':
        this.#aggregate();
        return;
      case 'setAll':
      case 'replaceAll':
        table[s.do](s.all.map(([p, v]) => [text(p), v]));
        if (s.do === 'replaceAll') oracle.entries = [];
        for (const [p, v] of s.all) oracle.set(p, v);
        return;
      default:
        this.#algebra(s.do, s.all);
    }
  }

  #become(table: NumberTable): void {
    assert.ok(table.equals(this.table) && this.table.equals(table));
    this.table.close();
    this.table = table;
  }

  #algebra(what: 'union' | 'difference' | 'intersection', all: readonly (readonly [Plain, number])[]): void {
    const other = NumberTable.fromEntries(all.map(([p, v]) => [text(p), v]));
    const before = this.oracle.copy();
    const theirs = new Oracle<number>();
    for (const [p, v] of all) theirs.set(p, v);
    assert.equal(
      this.table.overlaps(other),
      theirs.entries.some(({ prefix }) => before.overlaps(prefix)),
    );
    if (what === 'union') for (const { prefix, value } of theirs.entries) this.oracle.set(prefix, value);
    else {
      const isKept = what === 'intersection';
      this.oracle.entries = before.entries.filter(({ prefix }) => theirs.has(prefix) === isKept);
    }
    const made = this.table[what](other);
    this.table.close();
    this.table = made;
    other.close();
  }

  /** The aggregate answers alike at the ends of all prefixes, and no prefix of it can be left out. */
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
  edges(): (readonly [boolean, bigint])[] {
    return this.oracle.entries.flatMap(({ prefix }) => edgesOf(prefix));
  }

  /** Compares what a step is about: quicker than `compare`, which walks whole views. */
  glance(s: Step): void {
    const { table, oracle } = this;
    assert.equal(table.size, oracle.entries.length);
    const about = 'prefix' in s ? [s.prefix] : 'all' in s ? s.all.map(([each]) => each) : [];
    for (const each of about) {
      assert.equal(table.get(text(each)), oracle.get(each), text(each));
      for (const [is6, a] of edgesOf(each))
        assert.equal(table.lookup(addressText(is6, a)), oracle.lookup(is6, a), addressText(is6, a));
    }
  }

  /** Compares everything. */
  compare(probes: readonly Plain[]): void {
    const { table, oracle } = this;
    table.check();
    assert.equal(table.size4, oracle.entries.filter(({ prefix }) => !prefix.is6).length);
    assert.equal(table.size, oracle.entries.length);
    const canon = (p: Plain): string => canonical(p);
    const pairs = (list: { prefix: Plain; value: number }[]) =>
      list.map(({ prefix, value }) => [canon(prefix), value]);
    assert.deepEqual([...table], pairs(oracle.entries));
    for (const probe of probes) {
      const asked = text(probe);
      assert.equal(table.get(asked), oracle.get(probe), asked);
      assert.equal(table.has(asked), oracle.has(probe));
      assert.equal(table.overlaps(asked), oracle.overlaps(probe));
      const covering = oracle.covering(probe);
      assert.deepEqual([...table.covering(asked)], pairs(covering), asked);
      assert.deepEqual([...table.coveredBy(asked)], pairs(oracle.coveredBy(probe)), asked);
      const longest = covering.at(-1);
      assert.deepEqual(
        table.lookupPrefix(asked),
        longest && { prefix: canon(longest.prefix), value: longest.value },
      );
      const from = oracle.entries.filter((each) => isFrom(each.prefix, probe));
      assert.deepEqual([...table.entries({ from: asked })], pairs(from), asked);
    }
    this.#lookups(probes);
  }

  /** Each address alone, twice so that a view is read, and all in batches. */
  #lookups(probes: readonly Plain[]): void {
    const { table, oracle } = this;
    const addresses = [...this.edges(), ...probes.map(({ is6, address }) => [is6, address] as const)];
    const want = addresses.map(([is6, a]) => oracle.lookup(is6, a));
    const texts = addresses.map(([is6, a]) => addressText(is6, a));
    for (const round of [1, 2])
      assert.deepEqual(
        texts.map((each) => table.lookup(each)),
        want,
        `round ${round}`,
      );
    const out = new Uint32Array(addresses.length);
    table.lookupBatch(texts, out, { miss: 77 });
    assert.deepEqual(
      [...out],
      want.map((v) => v ?? 77),
    );
    const four = addresses.filter(([is6]) => !is6).map(([, a]) => Number(a));
    table.lookupBatch(Uint32Array.from(four), out, { miss: 78 });
    assert.deepEqual(
      [...out.subarray(0, four.length)],
      four.map((a) => oracle.lookup(false, BigInt(a)) ?? 78),
    );
    for (const [is6, a] of addresses) {
      const bits = is6 ? 128 : 32;
      const covering = oracle.covering(plain(is6, a, bits));
      const [first, last] = [covering[0], covering.at(-1)];
      const asked = addressText(is6, a);
      assert.deepEqual(table.match(asked), last && { prefix: canonical(last.prefix), value: last.value });
      assert.deepEqual(
        table.shortestMatch(asked),
        first && { prefix: canonical(first.prefix), value: first.value },
      );
    }
  }
}

/** The first and last address of a prefix, and those beside it. */
function edgesOf({ is6, address, length }: Plain): (readonly [boolean, bigint])[] {
  const end = address + (1n << BigInt((is6 ? 128 : 32) - length));
  const edges = [address - 1n, address, end - 1n, end].map((a) => [is6, a] as const);
  return edges.filter(([, a]) => a >= 0n && a < 1n << (is6 ? 128n : 32n));
}

function isFrom(each: Plain, from: Plain): boolean {
  if (each.is6 !== from.is6) return each.is6;
  return each.address > from.address || (each.address === from.address && each.length >= from.length);
}

/** Canonical text of a prefix, by way of the library's formatters, which have tests of their own. */
function canonical({ is6, address, length }: Plain): string {
  if (!is6) return formatPrefix4(Number(address), length);
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number((address >> BigInt(120 - 8 * i)) & 0xffn));
  return formatPrefix6(bytes, length);
}

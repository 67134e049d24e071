/**
 * bench/mmdb.ts - prefixes with numbers as a file in MaxMind's format, for its readers to be asked.
 *
 *   search tree            16 zero bytes    data                marker, metadata
 *   | left | right | ...                    | numbers ...       | map
 *
 * A node has two records of 32 bits: a node, the count of nodes for nothing, or what lies behind them: count + 16 + place in
 * the data. IPv4 stands below ::/96. Source: the MaxMind DB File Format Specification 2.0.
 */

/** A prefix of either family with its number. */
export interface Labelled {
  readonly is6: boolean;
  /** 128 bits; IPv4 below ::/96. */
  readonly words: readonly [number, number, number, number];
  readonly length: number;
  readonly value: number;
}

/** No node and no value yet. */
const NOTHING = 0;
/** A record with this bit holds a value. */
const VALUE = 0x80000000;
const MARKER = [0xab, 0xcd, 0xef, ...new TextEncoder().encode('MaxMind.com')];

/** The bytes of a file with these prefixes, whose numbers lie below 2^31. */
export function encodeMmdb(prefixes: readonly Labelled[]): Buffer {
  const tree = new Tree();
  const depth = ({ is6, length }: Labelled): number => (is6 ? length : length + 96);
  for (const each of [...prefixes].sort((a, b) => depth(a) - depth(b)))
    tree.set(each.words, depth(each), each.value);
  const values = [...new Set(prefixes.map(({ value }) => value))];
  const places = new Map(values.map((value, i) => [value, 5 * i]));
  const data = values.flatMap((value) => number(value));
  const metadata = map([
    ['node_count', number(tree.count)],
    ['record_size', number(32, 5)],
    ['ip_version', number(6, 5)],
    ['database_type', text('bench')],
    ['languages', [0x00, 0x04]],
    ['binary_format_major_version', number(2, 5)],
    ['binary_format_minor_version', number(0, 5)],
    ['build_epoch', [0x00, 0x02]],
    ['description', map([])],
  ]);
  return Buffer.concat([
    tree.encode(places),
    Buffer.alloc(16),
    Buffer.from([...data, ...MARKER, ...metadata]),
  ]);
}

/** Control byte and four bytes of an unsigned number; type 6 is uint32, 5 uint16 (two bytes). */
function number(value: number, type: 5 | 6 = 6): number[] {
  if (type === 5) return [(5 << 5) | 2, value >>> 8, value & 255];
  return [(6 << 5) | 4, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [(2 << 5) | Math.min(bytes.length, 29), ...(bytes.length > 28 ? [bytes.length - 29] : []), ...bytes];
}

function map(entries: readonly (readonly [string, readonly number[]])[]): number[] {
  return [(7 << 5) | entries.length, ...entries.flatMap(([key, value]) => [...text(key), ...value])];
}

/** The search tree, filled from the shortest prefix to the longest. None of its prefixes has length 0. */
class Tree {
  #records = new Uint32Array(1 << 20);
  count = 1;

  set(words: readonly number[], length: number, value: number): void {
    let node = 0;
    for (let bit = 0; bit < length; bit++) {
      const at = 2 * node + ((words[bit >>> 5]! >>> (31 - (bit & 31))) & 1);
      if (bit === length - 1) {
        this.#records[at] = (VALUE | value) >>> 0;
        return;
      }
      const record = this.#records[at]!;
      if (record !== NOTHING && record < VALUE) node = record;
      else this.#records[at] = node = this.#split(record);
    }
  }

  /** A node both of whose halves have what stood in its place. */
  #split(record: number): number {
    if (2 * this.count + 2 > this.#records.length) {
      const records = new Uint32Array(2 * this.#records.length);
      records.set(this.#records);
      this.#records = records;
    }
    this.#records[2 * this.count] = this.#records[2 * this.count + 1] = record;
    return this.count++;
  }

  encode(places: ReadonlyMap<number, number>): Buffer {
    const bytes = Buffer.alloc(8 * this.count);
    for (let i = 0; i < 2 * this.count; i++) {
      const record = this.#records[i]!;
      const isValue = record >= VALUE;
      const code = isValue
        ? this.count + 16 + places.get(record - VALUE)!
        : record === NOTHING
          ? this.count
          : record;
      bytes.writeUInt32BE(code, 4 * i);
    }
    return bytes;
  }
}

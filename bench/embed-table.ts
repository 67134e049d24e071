/**
 * bench/embed-table.ts - prefixes of both families with numbers, from a file or by chance, and addresses to ask for.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  formatAddress4,
  formatAddress6,
  formatPrefix4,
  formatPrefix6,
  parsePrefix4,
  parsePrefix6,
} from 'hoptrie/text';
import type { Labelled } from './mmdb.js';
import { Random } from './random.js';
import { DEFAULT_SEED, generateTable, nexthopOf } from './table.js';

/** A prefix in the forms that somebody wants; what is IPv4 stands in the last word. */
export interface EmbedPrefix extends Labelled {
  readonly is6: boolean;
  readonly text: string;
}

/** What a table is made of. */
export interface EmbedTable {
  readonly prefixes: readonly EmbedPrefix[];
  /** `prefix value`, a line each. */
  readonly lines: string;
}

/** Addresses of a family, in the forms that somebody wants. */
export interface Asked {
  readonly is6: boolean;
  readonly texts: readonly string[];
  readonly bytes: readonly Uint8Array[];
  /** One word of IPv4, four of IPv6. */
  readonly words: readonly (readonly number[])[];
  /** The first words. */
  readonly numbers: Uint32Array;
  /** Rows of a batch: u32 of IPv4, 16 bytes of IPv6. */
  readonly rows: Uint32Array | Uint8Array;
}

/** Different numbers. */
export const VALUES = 256;
/** IPv6 prefixes to a thousand of IPv4, as the Internet has them. */
const SIXES = 178;
/** Lengths of IPv6 prefixes and how often there are such, in percent: most of a real table. */
const LENGTHS6: readonly (readonly [length: number, percent: number])[] = [
  [48, 52],
  [32, 16],
  [44, 10],
  [40, 9],
  [36, 5],
  [29, 4],
  [46, 2],
  [47, 2],
];
/** Providers that IPv6 prefixes are of: each has one of so many /24 below 2000::/3. */
const PROVIDERS = 6000;

/** The prefixes of a file, plain or gzip, or so many IPv4 prefixes by chance and IPv6 prefixes in proportion. */
export function embedTable(source: string | number): EmbedTable {
  const texts = typeof source === 'string' ? readLines(source) : [...generate4(source), ...generate6(source)];
  const prefixes = [
    ...texts.filter((text) => !text.includes(':')),
    ...texts.filter((text) => text.includes(':')),
  ].map(labelled);
  return { prefixes, lines: prefixes.map(({ text, value }) => `${text} ${value}\n`).join('') };
}

function readLines(file: string): string[] {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1');
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function generate4(prefixes: number): string[] {
  const { addresses, lengths } = generateTable({ prefixes });
  return Array.from(addresses, (address, i) => formatPrefix4(address, lengths[i]!));
}

function generate6(prefixes: number): string[] {
  const random = new Random(DEFAULT_SEED, 6);
  const texts = new Set<string>();
  for (const wanted = Math.ceil((prefixes * SIXES) / 1000); texts.size < wanted;) {
    const provider = 0x20000000 | (Math.imul(random.below(PROVIDERS), 0x9e3779b1) >>> 3);
    const words = [(provider & 0xffffff00) | random.below(256), random.u32(), 0, 0];
    const length = lengthOf(random.below(100));
    texts.add(formatPrefix6(bytesOf(cut(words, length)), length));
  }
  return [...texts].sort();
}

function lengthOf(percent: number): number {
  let left = percent;
  return LENGTHS6.find(([, share]) => (left -= share) < 0)![0];
}

/** The first `length` bits. */
function cut(words: readonly number[], length: number): number[] {
  return words.map((w, i) => (w & maskOf(length - 32 * i)) >>> 0);
}

function maskOf(bits: number): number {
  return bits <= 0 ? 0 : -1 << (32 - Math.min(bits, 32));
}

function labelled(text: string): EmbedPrefix {
  if (!text.includes(':')) {
    const { address, length } = parsePrefix4(text);
    return { is6: false, text, words: [0, 0, 0, address], length, value: nexthopOf(address, length, VALUES) };
  }
  const { address, length } = parsePrefix6(text);
  const words = wordsOf(address) as [number, number, number, number];
  return { is6: true, text, words, length, value: nexthopOf((words[0] ^ words[1]) >>> 0, length, VALUES) };
}

/** `count` addresses and `rows` rows: uniform inside prefixes, each prefix alike; with `isWild` half of them anywhere. */
export function addressesIn(
  { prefixes }: EmbedTable,
  is6: boolean,
  { count, rows, isWild = false }: { count: number; rows: number; isWild?: boolean },
): Asked {
  const own = prefixes.filter((each) => each.is6 === is6);
  const random = new Random(DEFAULT_SEED, is6 ? 6 : 4);
  const draw = (): number[] => {
    const { words, length } = own[random.below(own.length)]!;
    const bits = isWild && random.below(2) === 0 ? 0 : length;
    return (is6 ? words : words.slice(3)).map((w, i) => {
      const mask = maskOf(bits - 32 * i);
      return ((w & mask) | (random.u32() & ~mask)) >>> 0;
    });
  };
  const words = Array.from({ length: count }, draw);
  const bytes = words.map(bytesOf);
  const all = new Uint8Array(rows * (is6 ? 16 : 4));
  for (let i = 0; i < rows; i++) all.set(bytesOf(draw()), i * (is6 ? 16 : 4));
  return {
    is6,
    words,
    bytes,
    texts: bytes.map((each, i) => flat(is6 ? formatAddress6(each) : formatAddress4(words[i]![0]!))),
    numbers: Uint32Array.from(words, ([first]) => first!),
    rows: is6 ? all : Uint32Array.from(wordsOf(all)),
  };
}

/** Text in one piece, as it comes from a socket, where `+` has left several. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function bytesOf(words: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((w, i) => {
    view.setUint32(4 * i, w);
  });
  return new Uint8Array(view.buffer);
}

/** The words of bytes in network order. */
function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i));
}

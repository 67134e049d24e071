/**
 * bench/embed-subjects.ts - what holds prefixes with values in JavaScript: hoptrie/table, packages, node:net, Maps.
 */
import { BlockList } from 'node:net';
import { NumberTable, type Forward } from 'hoptrie/table';
import type { Asked, EmbedTable } from './embed-table.js';
import { encodeMmdb } from './mmdb.js';
import { loadLongestPrefixMatch } from './subject-packages.js';

/** Asks for the addresses from..to of a family and adds up what comes, 0 for none. */
export type Ask = (asked: Asked, from: number, to: number) => number;

/** The ways to ask. */
export const EMBED_WAYS = ['number', 'bytes', 'text'] as const;
export type EmbedWay = (typeof EMBED_WAYS)[number];

/** A table that somebody holds. */
export interface Held {
  readonly ways: Partial<Record<EmbedWay, Ask>>;
  /** Many at once: numbers of IPv4 or bytes of IPv6, or text. */
  batch?(rows: Uint32Array | Uint8Array | readonly string[], out: Uint32Array): void;
  /** Bytes of what leads from an address to its number, where they can be told. */
  used?(): number;
}

/** A way to hold prefixes, and what a reader must know to compare. */
export interface Holder {
  readonly name: string;
  readonly title: string;
  readonly note: string;
  /** It is ours: the others are compared with it. */
  readonly isOwn?: true;
  /** It tells whether a prefix covers the address, not which. */
  readonly isSet?: true;
  readonly hold: (table: EmbedTable) => Held | Promise<Held>;
}

/** All of them; what the first one answers the others must. */
export const HOLDERS: readonly Holder[] = [
  {
    name: 'hoptrie',
    isOwn: true,
    title: 'hoptrie NumberTable',
    note: 'loaded from text as it stands in a file',
    hold: (table) => hoptrie(table),
  },
  {
    name: 'direct',
    isOwn: true,
    title: 'hoptrie NumberTable, direct',
    note: "`forward: 'direct'`: 32 MiB for IPv4, a load or two",
    hold: (table) => hoptrie(table, 'direct'),
  },
  {
    name: 'maps',
    title: 'Map per length',
    note: 'asked from the longest length down; keys of IPv6 are BigInt',
    hold: maps,
  },
  {
    name: 'longest-prefix-match',
    title: 'longest-prefix-match 1.3.1',
    note: 'loaded and asked as text',
    hold: longestPrefixMatch,
  },
  {
    name: 'netparser',
    title: 'netparser 1.9.0',
    note: '`Matcher` merges its prefixes and tells whether one of them covers the address',
    isSet: true,
    hold: netparser,
  },
  {
    name: 'blocklist',
    title: 'net.BlockList',
    note: 'tells whether a prefix covers the address; tries its rules in turn',
    isSet: true,
    hold: blockList,
  },
  {
    name: 'mmdb-lib',
    title: 'mmdb-lib 3.0.3',
    note: 'reads a file in MaxMind’s format, which is written here: the time to load is its reader’s alone',
    hold: mmdb,
  },
];

/** A way that costs so much that one more call does not show. */
function eachText(one: (text: string) => number): Ask {
  return ({ texts }, from, to) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += one(texts[i]!);
    return sum;
  };
}

async function hoptrie({ lines }: EmbedTable, forward: Forward = 'auto'): Promise<Held> {
  const table = new NumberTable({ forward });
  await table.importText(lines);
  return {
    ways: {
      number: ({ is6, words, numbers }, from, to) => {
        let sum = 0;
        if (is6) for (let i = from; i < to; i++) sum += table.lookup(words[i]!) ?? 0;
        else for (let i = from; i < to; i++) sum += table.lookup(numbers[i]!) ?? 0;
        return sum;
      },
      bytes: ({ bytes }, from, to) => {
        let sum = 0;
        for (let i = from; i < to; i++) sum += table.lookup(bytes[i]!) ?? 0;
        return sum;
      },
      text: ({ texts }, from, to) => {
        let sum = 0;
        for (let i = from; i < to; i++) sum += table.lookup(texts[i]!) ?? 0;
        return sum;
      },
    },
    batch: (rows, out) => void table.lookupBatch(rows, out),
    used: () => table.stats().trie + table.stats().view,
  };
}

function maps({ prefixes }: EmbedTable): Held {
  const four = Array.from({ length: 33 }, () => new Map<number, number>());
  const six = Array.from({ length: 129 }, () => new Map<bigint, number>());
  for (const { is6, words, length, value } of prefixes) {
    if (is6) six[length]!.set(wide(words), value);
    else four[length]!.set(words[3], value);
  }
  const lengths4 = [...four.keys()].filter((length) => four[length]!.size > 0).reverse();
  const lengths6 = [...six.keys()].filter((length) => six[length]!.size > 0).reverse();
  const find4 = (address: number): number => {
    for (const length of lengths4) {
      const found = four[length]!.get(length === 0 ? 0 : (address & (-1 << (32 - length))) >>> 0);
      if (found !== undefined) return found;
    }
    return 0;
  };
  const find6 = (words: readonly number[]): number => {
    const address = wide(words);
    for (const length of lengths6) {
      const host = BigInt(128 - length);
      const found = six[length]!.get((address >> host) << host);
      if (found !== undefined) return found;
    }
    return 0;
  };
  return {
    ways: {
      number: ({ is6, words, numbers }, from, to) => {
        let sum = 0;
        if (is6) for (let i = from; i < to; i++) sum += find6(words[i]!);
        else for (let i = from; i < to; i++) sum += find4(numbers[i]!);
        return sum;
      },
    },
  };
}

function wide(words: readonly number[]): bigint {
  return words.reduce((sum, w) => (sum << 32n) | BigInt(w), 0n);
}

async function longestPrefixMatch({ prefixes }: EmbedTable): Promise<Held> {
  const LongestPrefixMatch = await loadLongestPrefixMatch();
  const matches = new LongestPrefixMatch();
  for (const { text, value } of prefixes) matches.addPrefix(text, value);
  return {
    ways: { text: eachText((text) => matches.getMatch(`${text}/${text.includes(':') ? 128 : 32}`)[0] ?? 0) },
  };
}

async function netparser({ prefixes }: EmbedTable): Promise<Held> {
  const { Matcher } = await import('netparser');
  const matcher = new Matcher(prefixes.map(({ text }) => text));
  return { ways: { text: eachText((text) => Number(matcher.get(text) !== null)) } };
}

function blockList({ prefixes }: EmbedTable): Held {
  const block = new BlockList();
  for (const { is6, text, length } of prefixes)
    block.addSubnet(text.slice(0, text.indexOf('/')), length, is6 ? 'ipv6' : 'ipv4');
  return {
    ways: { text: eachText((text) => Number(block.check(text, text.includes(':') ? 'ipv6' : 'ipv4'))) },
  };
}

async function mmdb({ prefixes }: EmbedTable): Promise<Held> {
  const { Reader } = await import('mmdb-lib');
  const file = encodeMmdb(prefixes);
  const reader = new Reader<never>(file);
  return {
    ways: { text: eachText((text) => (reader.get(text) as number | null) ?? 0) },
    used: () => file.length,
  };
}

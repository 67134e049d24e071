/**
 * bench/subject.ts - what is compared: a structure that is filled with a table and asked.
 *
 * Loops over rows are inside a subject, so that each pays only for its own calls. What a structure has no operation
 * for, it leaves out; the report shows a dash.
 */
import type { Table } from './table.js';

/** A structure under measurement. */
export interface Subject {
  /** Replaces what it holds by a table, in the order of the rows. */
  build(table: Table): void;
  /** Adds or takes away the rows from .. to-1. */
  insert?(table: Table, from: number, to: number): void;
  remove?(table: Table, from: number, to: number): void;
  /** Looks up the rows from .. to-1 and gives a sum over the answers. */
  lookupNumbers?(dsts: Uint32Array, from: number, to: number): number;
  lookupTexts?(dsts: readonly string[], from: number, to: number): number;
  /** Looks up all rows at once. */
  lookupBatch?(dsts: Uint32Array): void;
  /** The next hop that an address has, 0 for none; left out where a structure only tells whether there is one. */
  nexthop?(address: number): number;
  /** Whether a prefix covers the address. */
  covers(address: number): boolean;
  /** What it holds is outside of JavaScript's heap. */
  readonly isNative?: boolean;
  /** Bytes in use, where the structure counts them itself. */
  bytes?(): number;
}

/** The structures by name. */
export const SUBJECTS = [
  'hoptrie',
  'array',
  'maps',
  'blocklist',
  'longest-prefix-match',
  'netparser',
] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** Titles for reports, and what a reader must know to compare. */
export const SUBJECT_TITLES: Record<SubjectName, readonly [title: string, note: string]> = {
  hoptrie: ['hoptrie', 'answers name a fib info; add and delete keep the order and the checks of Linux'],
  array: ['linear array', 'longest prefixes first, the first that matches wins'],
  maps: ['Map per length', 'one Map for each prefix length, asked from /32 down'],
  blocklist: [
    'net.BlockList',
    'tells whether a prefix covers the address, not which; nothing can be removed',
  ],
  'longest-prefix-match': ['longest-prefix-match 1.3.1', 'asked and filled by text; nothing can be removed'],
  netparser: ['netparser 1.9.0', 'Matcher: merges neighbours, tells which merged block covers the address'],
};

/** A prefix as text. */
export function prefixText(address: number, length: number): string {
  return `${addressText(address)}/${length}`;
}

/** An address as a dotted quad. */
export function addressText(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The u32 of a dotted quad that is known to be one. */
export function addressNumber(text: string): number {
  let address = 0;
  let octet = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      address = (address << 8) | octet;
      octet = 0;
    } else octet = octet * 10 + code - 0x30;
  }
  return ((address << 8) | octet) >>> 0;
}

/** The mask of a prefix length. */
export function maskOf(length: number): number {
  return length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
}

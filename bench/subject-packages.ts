/**
 * bench/subject-packages.ts - what Node and npm have: net.BlockList, longest-prefix-match, netparser.
 *
 * All three take and ask text. The two packages are loaded only when they are measured: they come with the sources of
 * hoptrie, not with the package.
 */
import { BlockList } from 'node:net';
import { addressText, prefixText, type Subject } from './subject.js';
import type { Table } from './table.js';

/** node:net's list of blocked networks: scanned rule by rule. O(n). */
export class BlockListSubject implements Subject {
  readonly isNative = true;
  #list = new BlockList();

  build(table: Table): void {
    this.#list = new BlockList();
    table.addresses.forEach((address, i) => this.#list.addSubnet(addressText(address), table.lengths[i]!));
  }

  lookupTexts(dsts: readonly string[], from: number, to: number): number {
    let found = 0;
    for (let i = from; i < to; i++) if (this.#list.check(dsts[i]!)) found++;
    return found;
  }

  covers(address: number): boolean {
    return this.#list.check(addressText(address));
  }
}

/** The part of longest-prefix-match that is used; the package has no types. */
interface LongestPrefixMatch {
  addPrefix(prefix: string, data: number): void;
  getMatch(address: string): number[];
}

/** Its class. */
export async function loadLongestPrefixMatch(): Promise<new () => LongestPrefixMatch> {
  // @ts-expect-error: no types come with it
  const imported = (await import('longest-prefix-match')) as { default: new () => LongestPrefixMatch };
  return imported.default;
}

/** The package longest-prefix-match: a trie over the bits as text. */
export class LongestPrefixMatchSubject implements Subject {
  readonly #LongestPrefixMatch: new () => LongestPrefixMatch;
  #matches: LongestPrefixMatch;

  private constructor(imported: new () => LongestPrefixMatch) {
    this.#LongestPrefixMatch = imported;
    this.#matches = new imported();
  }

  static async load(): Promise<LongestPrefixMatchSubject> {
    return new LongestPrefixMatchSubject(await loadLongestPrefixMatch());
  }

  build(table: Table): void {
    this.#matches = new this.#LongestPrefixMatch();
    table.addresses.forEach((address, i) => {
      this.#matches.addPrefix(prefixText(address, table.lengths[i]!), table.nexthops[i]!);
    });
  }

  nexthop(address: number): number {
    return this.#matches.getMatch(`${addressText(address)}/32`)[0] ?? 0;
  }

  lookupTexts(dsts: readonly string[], from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.#matches.getMatch(`${dsts[i]!}/32`)[0] ?? 0;
    return sum;
  }

  covers(address: number): boolean {
    return this.nexthop(address) !== 0;
  }
}

/** The part of netparser that is used. */
interface Matcher {
  get(address: string): string | null;
}

/** netparser's Matcher: a sorted array of merged blocks, searched by halves. */
export class NetparserSubject implements Subject {
  readonly #Matcher: new (networks: string[]) => Matcher;
  #matcher: Matcher;

  private constructor(imported: new (networks: string[]) => Matcher) {
    this.#Matcher = imported;
    this.#matcher = new imported([]);
  }

  static async load(): Promise<NetparserSubject> {
    const imported = await import('netparser');
    return new NetparserSubject(imported.Matcher);
  }

  build(table: Table): void {
    this.#matcher = new this.#Matcher(
      Array.from(table.addresses, (address, i) => prefixText(address, table.lengths[i]!)),
    );
  }

  lookupTexts(dsts: readonly string[], from: number, to: number): number {
    let found = 0;
    for (let i = from; i < to; i++) if (this.#matcher.get(dsts[i]!) !== null) found++;
    return found;
  }

  covers(address: number): boolean {
    return this.#matcher.get(addressText(address)) !== null;
  }
}

/**
 * table/oracle.ts - a table that is slow and obviously right: an array of prefixes as numbers of any size, scanned.
 */

/** A prefix as a number. */
export interface Plain {
  readonly is6: boolean;
  readonly address: bigint;
  readonly length: number;
}

/** A prefix with its value. */
export interface Row<V> {
  readonly prefix: Plain;
  /** The last address in it. */
  readonly last: bigint;
  readonly value: V;
}

export const bitsOf = (is6: boolean): number => (is6 ? 128 : 32);

/** The prefix around an address. */
export function plain(is6: boolean, address: bigint, length: number): Plain {
  const host = BigInt(bitsOf(is6) - length);
  return { is6, address: (address >> host) << host, length };
}

/** The last address of a prefix. */
export function lastOf({ is6, address, length }: Plain): bigint {
  return address + (1n << BigInt(bitsOf(is6) - length)) - 1n;
}

/** Full text of an address, without `::`. */
export function addressText(is6: boolean, address: bigint): string {
  if (is6) return colons(address.toString(16).padStart(32, '0'));
  const n = Number(address);
  return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
}

/** A colon behind each four digits but the last. */
function colons(digits: string): string {
  let all = digits.slice(0, 4);
  for (let i = 4; i < 32; i += 4) all += `:${digits.slice(i, i + 4)}`;
  return all;
}

/** Its text. */
export function text({ is6, address, length }: Plain): string {
  return `${addressText(is6, address)}/${length}`;
}

/** Below 0 if `a` stands in front of `b`: by family, address, length. */
export function order(a: Plain, b: Plain): number {
  if (a.is6 !== b.is6) return a.is6 ? 1 : -1;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.length - b.length;
}

/** True if a row covers all of `inner`. */
function covers({ prefix, last }: Row<unknown>, inner: Plain): boolean {
  if (prefix.is6 !== inner.is6 || prefix.length > inner.length) return false;
  return prefix.address <= inner.address && inner.address <= last;
}

/** The table. */
export class Oracle<V> {
  /** In order. */
  entries: Row<V>[] = [];

  #place(prefix: Plain): number {
    return this.entries.findIndex((each) => order(each.prefix, prefix) === 0);
  }

  get(prefix: Plain): V | undefined {
    return this.entries[this.#place(prefix)]?.value;
  }

  has(prefix: Plain): boolean {
    return this.#place(prefix) >= 0;
  }

  set(prefix: Plain, value: V): void {
    this.delete(prefix);
    const behind = this.entries.findIndex((each) => order(each.prefix, prefix) > 0);
    const at = behind < 0 ? this.entries.length : behind;
    this.entries.splice(at, 0, { prefix, last: lastOf(prefix), value });
  }

  delete(prefix: Plain): boolean {
    const at = this.#place(prefix);
    if (at >= 0) this.entries.splice(at, 1);
    return at >= 0;
  }

  /** What covers a prefix, the shortest first. */
  covering(prefix: Plain): Row<V>[] {
    return this.entries
      .filter((each) => covers(each, prefix))
      .sort((a, b) => a.prefix.length - b.prefix.length);
  }

  coveredBy(prefix: Plain): Row<V>[] {
    const outer = { prefix, last: lastOf(prefix), value: undefined };
    return this.entries.filter((each) => covers(outer, each.prefix));
  }

  /** The value of the longest prefix that covers an address. */
  lookup(is6: boolean, address: bigint): V | undefined {
    let longest: Row<V> | undefined;
    for (const each of this.entries) {
      const isIn = each.prefix.is6 === is6 && each.prefix.address <= address && address <= each.last;
      if (isIn && !(longest !== undefined && longest.prefix.length > each.prefix.length)) longest = each;
    }
    return longest?.value;
  }

  overlaps(prefix: Plain): boolean {
    return this.covering(prefix).length > 0 || this.coveredBy(prefix).length > 0;
  }

  copy(): Oracle<V> {
    const copy = new Oracle<V>();
    copy.entries = [...this.entries];
    return copy;
  }
}

/**
 * table/oracle.ts - a table that is slow and obviously right: an array of prefixes as numbers of any size, scanned.
 */

/** A prefix as a number. */
export interface Plain {
  readonly is6: boolean;
  readonly address: bigint;
  readonly length: number;
}

const bitsOf = (is6: boolean): number => (is6 ? 128 : 32);

/** The prefix around an address. */
export function plain(is6: boolean, address: bigint, length: number): Plain {
  const host = BigInt(bitsOf(is6) - length);
  return { is6, address: (address >> host) << host, length };
}

/** Full text of an address, without `::`. */
export function addressText(is6: boolean, address: bigint): string {
  const step = is6 ? 16n : 8n;
  const parts = Array.from(
    { length: is6 ? 8 : 4 },
    (_, i, n = is6 ? 7 : 3) => (address >> (BigInt(n - i) * step)) & ((1n << step) - 1n),
  );
  return parts.map((part) => part.toString(is6 ? 16 : 10)).join(is6 ? ':' : '.');
}

/** Its text. */
export function text({ is6, address, length }: Plain): string {
  return `${addressText(is6, address)}/${length}`;
}

/** True if `outer` covers all of `inner`. */
function covers(outer: Plain, inner: Plain): boolean {
  if (outer.is6 !== inner.is6 || outer.length > inner.length) return false;
  return plain(inner.is6, inner.address, outer.length).address === outer.address;
}

function compare(a: Plain, b: Plain): number {
  if (a.is6 !== b.is6) return a.is6 ? 1 : -1;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.length - b.length;
}

/** The table. */
export class Oracle<V> {
  entries: { prefix: Plain; value: V }[] = [];

  #place(prefix: Plain): number {
    return this.entries.findIndex((each) => compare(each.prefix, prefix) === 0);
  }

  get(prefix: Plain): V | undefined {
    return this.entries[this.#place(prefix)]?.value;
  }

  has(prefix: Plain): boolean {
    return this.#place(prefix) >= 0;
  }

  set(prefix: Plain, value: V): void {
    this.delete(prefix);
    this.entries.push({ prefix, value });
    this.entries.sort((a, b) => compare(a.prefix, b.prefix));
  }

  delete(prefix: Plain): boolean {
    const at = this.#place(prefix);
    if (at >= 0) this.entries.splice(at, 1);
    return at >= 0;
  }

  /** What covers a prefix, the shortest first. */
  covering(prefix: Plain): { prefix: Plain; value: V }[] {
    return this.entries
      .filter((each) => covers(each.prefix, prefix))
      .sort((a, b) => a.prefix.length - b.prefix.length);
  }

  coveredBy(prefix: Plain): { prefix: Plain; value: V }[] {
    return this.entries.filter((each) => covers(prefix, each.prefix));
  }

  lookup(is6: boolean, address: bigint): V | undefined {
    return this.covering(plain(is6, address, bitsOf(is6))).at(-1)?.value;
  }

  overlaps(prefix: Plain): boolean {
    return this.entries.some((each) => covers(each.prefix, prefix) || covers(prefix, each.prefix));
  }

  copy(): Oracle<V> {
    const copy = new Oracle<V>();
    copy.entries = [...this.entries];
    return copy;
  }
}

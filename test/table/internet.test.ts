/**
 * table/internet.test.ts - a full table of both families, where there is one beside the project: loaded from text, asked, saved.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { NumberTable } from '../../src/table/index.js';
import { scanAddress4, scanAddress6 } from '../../src/text/address.js';
import { addressText } from './oracle.js';

const FILE = fileURLToPath(new URL('../../../shared/data/prefixes.txt.gz', import.meta.url));
/** Lines between two that are asked about. */
const STRIDE = 97;

/** A Map from address bits to value for each length. */
class Maps {
  readonly #maps: Map<bigint, number>[];
  readonly #bits: number;

  constructor(bits: number) {
    this.#bits = bits;
    this.#maps = Array.from({ length: bits + 1 }, () => new Map<bigint, number>());
  }

  set(address: bigint, length: number, value: number): void {
    this.#maps[length]!.set(address >> BigInt(this.#bits - length), value);
  }

  lookup(address: bigint): number | undefined {
    for (let length = this.#bits; length >= 0; length--) {
      const map = this.#maps[length]!;
      const found = map.size === 0 ? undefined : map.get(address >> BigInt(this.#bits - length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

const bytes = new Uint8Array(16);

function addressOf(text: string): bigint {
  if (!text.includes(':')) return BigInt(scanAddress4(text, 0, text.length));
  scanAddress6(text, 0, text.length, bytes);
  return bytes.reduce((sum, each) => (sum << 8n) | BigInt(each), 0n);
}

test.skipIf(!existsSync(FILE))('a full table answers as a Map for each length does', async () => {
  const lines = gunzipSync(readFileSync(FILE)).toString('latin1').trimEnd().split('\n');
  const table = new NumberTable();
  expect(await table.importText(lines.map((line, i) => `${line} ${i % 1000}\n`))).toBe(lines.length);
  const [four, six] = [new Maps(32), new Maps(128)];
  for (const [i, line] of lines.entries()) {
    const slash = line.indexOf('/');
    const maps = line.includes(':') ? six : four;
    maps.set(addressOf(line.slice(0, slash)), Number(line.slice(slash + 1)), i % 1000);
  }
  expect([table.size4 + table.size6, table.size]).toEqual([lines.length, lines.length]);
  const asked = lines.flatMap((line, i) => (i % STRIDE === 0 ? around(line) : []));
  const want = asked.map((text) => (text.includes(':') ? six : four).lookup(addressOf(text)));
  expect(asked.map((text) => table.lookup(text))).toEqual(want);
  const out = new Uint32Array(asked.length);
  table.lookupBatch(asked, out, { miss: 5000 });
  expect([...out]).toEqual(want.map((value) => value ?? 5000));
  const again = NumberTable.load(table.save());
  expect(again.equals(table)).toBe(true);
  table.close();
  again.close();
});

/** Addresses at both ends of a prefix and beside it. */
function around(line: string): string[] {
  const [text = '', length = ''] = line.split('/');
  const is6 = text.includes(':');
  const bits = is6 ? 128 : 32;
  const first = addressOf(text);
  const end = first + (1n << BigInt(bits - Number(length)));
  return [first - 1n, first, (first + end) / 2n, end - 1n, end]
    .filter((a) => a >= 0n && a < 1n << BigInt(bits))
    .map((a) => addressText(is6, a));
}

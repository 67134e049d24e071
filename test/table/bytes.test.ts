/**
 * table/bytes.test.ts - bytes and text, out and in.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test, vi } from 'vitest';
import { FibError, NumberTable, PrefixSet, PrefixTable, WireError } from '../../src/table/index.js';
import { code } from './outcome.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

describe('bytes and text', () => {
  const t = new PrefixTable<unknown>().setAll([
    ['10.0.0.0/8', 'a'],
    ['10.0.0.0/16', { b: [1, null, true] }],
    ['0.0.0.0/0', 'a'],
    ['2001:db8::/32', 1.5],
  ]);

  test('save and load', () => {
    const loaded = PrefixTable.load(t.save());
    assert.deepEqual(loaded.toJSON(), t.toJSON());
    loaded.check();
    assert.deepEqual([...PrefixSet.load(new PrefixSet(t.keys()).save())], [...t.keys()]);
    assert.equal(
      code(() => PrefixSet.load(t.save())),
      'EBADMSG',
    );
    const dates = new PrefixTable<Date>().set('::/0', new Date(5));
    assert.equal(
      code(() => dates.save()),
      'EINVAL',
    );
    const bytes = dates.save({ encode: (d) => d.getTime() });
    assert.deepEqual(
      PrefixTable.load(bytes, { decode: (n) => new Date(n as number) }).toJSON(),
      dates.toJSON(),
    );
    for (const bad of [undefined, NaN, Infinity, -0, 1n, () => 1, Symbol('s'), new Map(), [undefined]]) {
      assert.equal(
        code(() => new PrefixTable<unknown>().set('::/0', bad).save()),
        'EINVAL',
      );
    }
  });

  test('damaged bytes are an error or a sound table', () => {
    const bytes = t.save();
    for (let cut = 0; cut < bytes.length; cut++)
      assert.equal(
        code(() => PrefixTable.load(bytes.subarray(0, cut))),
        'EBADMSG',
      );
    assert.equal(
      code(() => PrefixTable.load(Uint8Array.of(...bytes, 0))),
      'EBADMSG',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (changes, isForged) => {
          const damaged = bytes.slice();
          for (const [at, byte] of changes) damaged[at] = byte;
          if (isForged) rehash(damaged);
          try {
            const loaded = PrefixTable.load(damaged);
            loaded.check();
            assert.deepEqual(PrefixTable.load(loaded.save()).toJSON(), loaded.toJSON());
          } catch (error) {
            assert.ok(error instanceof WireError, String(error));
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test('JSON and entries', () => {
    assert.deepEqual(
      PrefixTable.fromEntries(JSON.parse(JSON.stringify(t)) as [string, unknown][]).toJSON(),
      t.toJSON(),
    );
    assert.equal(JSON.stringify(new PrefixSet(['::/0'])), '["::/0"]');
  });

  test('lines of text, in pieces of any size, from any kind of source', async () => {
    const text = '# zones\n10.0.0.0/8 a b  # office\r\n\n  192.0.2.0/24\t\n2001:db8::/32,c\n10.0.0.1';
    const want = [
      ['10.0.0.0/8', 'a b'],
      ['10.0.0.1/32', ''],
      ['192.0.2.0/24', ''],
      ['2001:db8::/32', 'c'],
    ];
    const bytes = new TextEncoder().encode(text);
    const pieces = (size: number) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
    const stream = new ReadableStream<Uint8Array>({
      start(c) {
        for (const piece of pieces(5)) c.enqueue(piece);
        c.close();
      },
    });
    for (const source of [text, bytes, pieces(1), pieces(7), stream, [text.slice(0, 9), text.slice(9)]]) {
      const table = new PrefixTable<string>();
      const seen: number[] = [];
      assert.equal(await table.importText(source, (value) => value, { onProgress: (n) => seen.push(n) }), 4);
      assert.deepEqual(table.toJSON(), want);
      assert.equal(seen.at(-1), text.length);
    }
    const set = new PrefixSet();
    await set.importText(text);
    assert.equal(set.size, 4);
  });

  test('a bad line is told by its number, and nothing is set', async () => {
    const table = new NumberTable().set('::/0', 1);
    await assert.rejects(
      table.importText('10.0.0.0/8 1\n\n10.0.0.1/8 2\n'),
      /line 3.*expected 10\.0\.0\.0\/8/,
    );
    await assert.rejects(table.importText('10.0.0.0/8 x\n'), /line 1.*value/);
    await assert.rejects(table.importText('x'.repeat(2 << 20)), FibError);
    await assert.rejects(
      table.importText(
        (function* () {
          yield '10.0.0.0/8 5\n';
          throw new RangeError('cut');
        })(),
      ),
      RangeError,
    );
    assert.deepEqual(table.toJSON(), [['::/0', 1]]);
    assert.equal(table.stats().values, 1);
  });

  test('CSV by number and by name, with quotes and without a header', async () => {
    const csv = 'network,name,"asn"\r\n10.0.0.0/8,"Acme, ""Inc""",64500\r\n2001:db8::/32,Example,64501\r\n';
    const names = new PrefixTable<string>();
    assert.equal(await names.importCsv(csv, (text) => text), 2);
    assert.deepEqual(names.toJSON(), [
      ['10.0.0.0/8', 'Acme, "Inc"'],
      ['2001:db8::/32', 'Example'],
    ]);
    const numbers = new NumberTable();
    await numbers.importCsv(csv, { prefix: 'network', value: 'asn' });
    assert.deepEqual([...numbers.values()], [64500, 64501]);
    await numbers.importCsv('5,1.0.0.0/8\n6,2.0.0.0/8\n', { prefix: 1, value: 0 });
    assert.equal(numbers.get('2.0.0.0/8'), 6);
    await assert.rejects(numbers.importCsv(csv, { value: 'nothing' }), /no column nothing/);
    const again = new PrefixTable<string>();
    await again.importCsv([...names.exportCsv(undefined, ['network', 'name'])], (text) => text);
    assert.ok(again.equals(names));
    const text = new PrefixTable<string>();
    await text.importText(names.exportText(), (each) => each);
    assert.ok(text.equals(names));
  });

  test('a drawing', () => {
    const drawn = new PrefixTable<unknown>().setAll([
      ['10.0.0.0/8', 'a'],
      ['10.1.0.0/16', { b: 1 }],
      ['10.2.0.0/16', 7],
      ['192.0.2.0/24', null],
      ['2001:db8::/32', 'six'],
    ]);
    assert.equal(
      String(drawn),
      [
        'IPv4',
        '├─ 10.0.0.0/8  a',
        '│  ├─ 10.1.0.0/16  {"b":1}',
        '│  └─ 10.2.0.0/16  7',
        '└─ 192.0.2.0/24  null',
        'IPv6',
        '└─ 2001:db8::/32  six',
      ].join('\n'),
    );
    assert.match(drawn.toString(2), /\.\.\. and 3 more$/);
    assert.equal(String(new PrefixSet()), '');
  });
});

/** Puts the right hash into bytes that were changed: as somebody would who means it. */
function rehash(bytes: Uint8Array): void {
  const words = new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);
  let h = 0x811c9dc5;
  for (let i = 3; i < words.length; i++) h = Math.imul(h ^ words[i]!, 0x01000193) ^ (h >>> 15);
  new DataView(bytes.buffer).setUint32(8, h >>> 0, true);
}

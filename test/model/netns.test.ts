/**
 * model/netns.test.ts - a Netns against the oracle: random changes, every invariant after each, every answer.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FibError } from '../../src/errors.js';
import type { Netns as Base } from '../../src/netns.js';
import type { RouteInput } from '../../src/model/route.js';
import { checkedNetns } from '../core/check-build.js';
import { lab, plug } from '../lab.js';
import { outcome } from '../outcome.js';
import { Oracle, type Op, type OracleRoute } from './oracle.js';

/** Addresses that collide: neighbours, both ends, nested networks. */
const address = fc.oneof(
  fc.constantFrom(
    0,
    1,
    0xffffffff,
    0xfffffffe,
    0x80000000,
    0x7fffffff,
    0x0a000000,
    0x0a000001,
    0x0a010000,
    0x0a0100ff,
    0x0a010101,
  ),
  fc.integer({ min: 0x0a000000, max: 0x0a00ffff }),
  fc.nat(0xffffffff),
);
const length = fc.oneof(fc.constantFrom(0, 1, 8, 16, 24, 31, 32), fc.integer({ min: 0, max: 32 }));

const route: fc.Arbitrary<OracleRoute> = fc
  .record({
    address,
    length,
    table: fc.constantFrom(254, 254, 254, 255, 253, 100),
    tos: fc.constantFrom(0, 0, 0, 0x10, 0x08),
    metric: fc.constantFrom(0, 0, 1, 0xffffffff),
    type: fc.constantFrom('unicast', 'unicast', 'unicast', 'blackhole', 'unreachable', 'prohibit', 'throw'),
    via: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3'),
  })
  .map((r) => ({
    ...r,
    address: r.length === 0 ? 0 : (r.address & (-1 << (32 - r.length))) >>> 0,
    via: r.type === 'unicast' ? r.via : '',
  }));
const op: fc.Arbitrary<Op> = fc.constantFrom(
  'add',
  'add',
  'add',
  'append',
  'prepend',
  'replace',
  'change',
  'del',
);

function perform(
  ns: Base,
  what: Op,
  { address: at, length: len, table, tos, metric, type, via }: OracleRoute,
): void {
  const input = {
    table,
    tos,
    type,
    ...(metric === 0 ? {} : { metric }),
    ...(via === '' ? {} : { via, oif: 2, onlink: true }),
  } as RouteInput;
  ns.route[what]({ address: at, length: len }, input);
}

function text(n: number): string {
  return [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');
}

/** What a lookup says, in the oracle's words. */
function answerOf(ns: Base, dst: number, tos: number): string {
  try {
    const a = ns.lookup({ dst, tos });
    expect(ns.lookupId(dst) === a.id || tos !== 0).toBe(true);
    return `${a.prefix} ${a.tos} ${a.metric} ${a.via ?? ''}`;
  } catch (error) {
    if (error instanceof FibError) return error.code;
    throw error;
  }
}

function expected(oracle: Oracle, dst: number, tos: number): string {
  const found = oracle.lookup(dst, tos);
  if ('errno' in found) return found.errno;
  const r = found.route;
  return `${text(r.address)}/${r.length} ${r.tos} ${r.metric} ${r.via}`;
}

/** Everything that can be listed, in the order of dumps. */
function listed(ns: Base, table: number): string[] {
  return ns.route
    .list({ table })
    .map((r) => `${r.dst} ${r.tos} ${r.metric} ${String(r.type)} ${r.nexthops[0]?.via ?? ''}`);
}

for (const [build, make] of [
  ['release', () => lab(2)],
  ['check', () => plug(checkedNetns().ns, 2)],
] as const) {
  test(`FIB-67, FIB-26..29, CFG-47..52, CFG-55 lookups and lists are those of a scan, whatever was added and removed before (${build} build)`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(op, route), { maxLength: 60 }),
        fc.array(address, { maxLength: 12 }),
        fc.nat(59),
        (steps, probes, at) => {
          using ns = make();
          const oracle = new Oracle();
          steps.forEach(([what, r], i) => {
            if (i === at && steps.length % 3 === 0) ns.unmerge(); // tables answer the same as long as none overlap
            // A delete of something that is there, more often than chance would have it.
            const target =
              what === 'del' && i % 2 === 0 && oracle.routes.length > 0
                ? oracle.routes[i % oracle.routes.length]!
                : r;
            expect(outcome(() => perform(ns, what, target))).toBe(oracle.do(what, target));
            ns.check();
          });
          for (const table of [253, 254, 255, 100]) {
            const want = oracle.sorted().filter((r) => r.table === table);
            expect(listed(ns, table)).toEqual(
              want.map((r) => `${text(r.address)}/${r.length} ${r.tos} ${r.metric} ${r.type} ${r.via}`),
            );
          }
          if (steps.length % 3 === 0 && at < steps.length) return; // unmerged: the order of tables decides
          for (const dst of [...probes, ...oracle.routes.map((r) => r.address)]) {
            for (const tos of [0, 0x10]) expect(answerOf(ns, dst, tos)).toBe(expected(oracle, dst, tos));
          }
        },
      ),
      { numRuns: 300, seed: 67 },
    );
  });
}

test('FIB-61 batches answer as single lookups do, by rules and by table, in either byte order', () => {
  fc.assert(
    fc.property(
      fc.array(route, { maxLength: 40 }),
      fc.array(address, { maxLength: 40 }),
      (routes, probes) => {
        using ns = lab(2);
        for (const r of routes) outcome(() => perform(ns, 'add', r));
        const dsts = Uint32Array.from([...probes, ...routes.map((r) => r.address)]);
        const out = new Uint32Array(dsts.length);
        ns.lookupBatch(dsts, out);
        expect([...out]).toEqual(Array.from(dsts, (dst) => ns.lookupId(dst)));
        expect([...out]).toEqual(Array.from(dsts, (dst) => ns.lookupId(text(dst))));
        const swapped = new Uint32Array(dsts.length);
        const network = new DataView(swapped.buffer);
        dsts.forEach((dst, i) => network.setUint32(4 * i, dst));
        const again = new Uint32Array(dsts.length);
        ns.lookupBatch(swapped, again, { bigEndian: true, miss: 7 });
        expect([...again]).toEqual(Array.from(out, (id) => id || 7));
        const bytes = new Uint8Array(4 * dsts.length + 1).subarray(1); // as a header lies in a packet: unaligned
        bytes.set(new Uint8Array(swapped.buffer));
        ns.lookupBatch(bytes, again);
        expect([...again]).toEqual([...out]);
        const tables = Uint32Array.from(dsts, (_, i) => [0, 100, 253, 999][i % 4]!);
        ns.lookupBatch(dsts, again, { tables });
        dsts.forEach((dst, i) => {
          const table = tables[i]!;
          const single = table === 0 ? ns.lookupId(dst) : idIn(ns, dst, table);
          expect(again[i]).toBe(single);
        });
      },
    ),
    { numRuns: 100, seed: 61 },
  );
});

/** Fib info id that one table gives for a destination, 0 for none; a throw route is none. */
function idIn(ns: Base, dst: number, table: number): number {
  try {
    return ns.lookup({ dst, table }).id;
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    return error.code === 'EAGAIN' ? 0 : (error.route as { id: number }).id;
  }
}

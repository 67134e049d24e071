/**
 * netns/flow-batch.test.ts - batches of flows: each row has the id and the path that `lookup` gives that flow alone.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as abi from '../../src/abi/records.js';
import { FibError } from '../../src/errors.js';
import { NO_PATH, Netns, type NetnsOptions } from '../../src/index.js';
import type { FlowBatchOptions } from '../../src/flow-batch.js';
import type { Flow, FlowColumn, FlowColumns } from '../../src/model/flow.js';
import type { NextHop, RouteInput } from '../../src/model/route.js';
import type { RuleInput } from '../../src/model/rule.js';
import type { Netns as Base } from '../../src/netns.js';
import { checkedNetns } from '../core/check-build.js';
import { lab, plug } from '../lab.js';
import { outcome } from '../outcome.js';

/** Devices: 1 is lo, 2..4 are cards, 5 and 6 hang below the L3 masters 8 and 9, 7 is no device. */
const devices = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
const addresses = fc.oneof(
  fc.constantFrom(0, 0x0a000001, 0x0a000102, 0x0a010101, 0x0a010201, 0xc0000201, 0xffffffff),
  fc.integer({ min: 0x0a000000, max: 0x0a01ffff }),
);
const tables = fc.constantFrom(100, 101, 253, 254, 255);
const toses = fc.constantFrom(0, 0, 0, 0x04, 0x10, 0x1c, 0x28, 0x29, 0xa8, 0xb8, 0xff);
const ports = fc.constantFrom(0, 1, 53, 80, 443, 1023, 1024, 65534, 65535);
const protocols = fc.constantFrom(0, 1, 6, 17, 255);
const marks = fc.constantFrom(0, 1, 2, 0x10, 0xffffffff);
const uids = fc.constantFrom(0, 1, 2000, 2001, 0xffffffff);

const hop: fc.Arbitrary<NextHop> = fc.record({
  via: fc.integer({ min: 1, max: 250 }).map((n) => `192.0.2.${n}`),
  oif: fc.constantFrom(2, 3, 4, 5, 6),
  onlink: fc.constant(true),
  weight: fc.constantFrom(1, 1, 2, 7, 256),
});

const route = fc.record({
  address: addresses,
  length: fc.constantFrom(0, 0, 8, 8, 15, 16, 17, 24, 25, 32),
  table: tables,
  tos: fc.constantFrom(0, 0, 0, 0x04, 0x10, 0x1c),
  metric: fc.constantFrom(0, 1, 2),
  kind: fc.oneof(
    fc.constantFrom<RouteInput>(
      { type: 'blackhole' },
      { type: 'unreachable' },
      { type: 'prohibit' },
      { type: 'throw' },
    ),
    hop.map(({ weight: _, ...only }): RouteInput => only),
    fc.array(hop, { minLength: 2, maxLength: 5 }).map((nexthops): RouteInput => ({ nexthops })),
    fc.constantFrom(1, 2, 3, 10, 11, 12, 13).map((nhid): RouteInput => ({ nhid })),
  ),
});

const port = fc.oneof(
  ports,
  fc.constantFrom({ start: 1, end: 100 }, { start: 443, end: 443 }, { start: 1000, end: 65534 }),
);
/** A port or a range of them, or one port under a mask. */
const portOf = (name: 'sport' | 'dport'): fc.Arbitrary<RuleInput> =>
  fc.oneof(
    port.map((value) => ({ [name]: value })),
    fc
      .constantFrom([53, 0xff], [80, 0xff], [80, 0xfff0], [1008, 0xfff0])
      .map(([value, mask]) => ({ [name]: value, [`${name}Mask`]: mask })),
  );
const rare = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const names = fc.constantFrom('lo', 'eth2', 'eth3', 'eth5', 'red', 'blue', 'gone');
const prefixes = fc.constantFrom(
  '10.0.0.0/16',
  '10.0.0.0/24',
  '10.1.0.0/15',
  '10.0.1.0/32',
  '0.0.0.0/1',
  '10.0.0.9/8',
);

const rule = fc.record({
  priority: fc.integer({ min: 0, max: 12 }).map((n) => (n === 12 ? 32766 : n * 10)),
  from: rare(prefixes),
  to: rare(prefixes),
  iif: rare(names),
  oif: rare(names),
  fwmark: rare(marks),
  fwmask: rare(fc.constantFrom(0, 1, 0xff)),
  tos: rare(fc.constantFrom(0, 0x04, 0x10)),
  dscp: rare(
    fc.constantFrom<RuleInput>({ dscp: 0 }, { dscp: 10 }, { dscp: 46 }, { dscp: 10, dscpMask: 0x1f }),
  ),
  uidrange: rare(
    fc.constantFrom({ start: 0, end: 0 }, { start: 1, end: 2000 }, { start: 0, end: 0xfffffffe }),
  ),
  ipproto: rare(protocols),
  sport: rare(portOf('sport')),
  dport: rare(portOf('dport')),
  tunId: rare(fc.constantFrom(0n, 5n)),
  invert: rare(fc.constant(true)),
  suppressPrefixLength: rare(fc.constantFrom(0, 16, 24)),
  suppressGroup: rare(fc.constantFrom(0, 7)),
  target: fc.oneof(
    { weight: 6, arbitrary: tables.map((table) => ({ table })) },
    { weight: 2, arbitrary: fc.constantFrom(25, 60, 100, 110, 32766, 32767).map((goto) => ({ goto })) },
    { weight: 2, arbitrary: fc.constant({ l3mdev: true }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('nop' as const, 'blackhole' as const, 'unreachable' as const, 'prohibit' as const)
        .map((action) => ({ action })),
    },
  ),
});

/** What disturbs paths. */
const event = fc.constantFrom<(ns: Base) => void>(
  (ns) => ns.link.set('eth2', { carrier: false }),
  (ns) => ns.link.set('eth3', { carrier: false }),
  (ns) => ns.link.set('eth4', { up: false }),
  (ns) => ns.link.set('eth3', { group: 7 }),
  (ns) => ns.link.del('eth5'),
  (ns) => ns.sysctl.set('net.ipv4.conf.all.ignore_routes_with_linkdown', 1),
  (ns) => ns.sysctl.set('net.ipv4.conf.eth2.ignore_routes_with_linkdown', 1),
  (ns) => ns.nexthop.del(2),
  (ns) => ns.advance(60_000),
);

const flow = fc.record({
  dst: addresses,
  src: addresses,
  iif: devices,
  oif: fc.oneof(fc.constant(0), devices),
  mark: marks,
  uid: uids,
  table: fc.oneof(fc.constant(0), fc.constant(0), fc.constantFrom(100, 101, 254, 999)),
  sport: ports,
  dport: ports,
  ipproto: protocols,
  tos: toses,
});
type Row = Record<'dst' | FlowColumn, number>;

const KINDS = {
  dst: Uint32Array,
  src: Uint32Array,
  iif: Uint32Array,
  oif: Uint32Array,
  mark: Uint32Array,
  uid: Uint32Array,
  table: Uint32Array,
  sport: Uint16Array,
  dport: Uint16Array,
  ipproto: Uint8Array,
  tos: Uint8Array,
} as const;
const NAMES = Object.keys(KINDS).filter((name) => name !== 'dst') as FlowColumn[];

/** The world that routes and rules come into. */
function furnish<N extends Base>(ns: N): N {
  ns.link.set('lo', { up: true });
  plug(ns, 2, 3, 4);
  ns.link.add({ name: 'red', index: 8, kind: 'vrf', table: 100 });
  ns.link.add({ name: 'blue', index: 9, kind: 'vrf', table: 101 });
  ns.link.add({ name: 'eth5', index: 5, master: 'red' });
  ns.link.add({ name: 'eth6', index: 6, master: 'blue' });
  ns.address.add('10.0.0.1/24', { dev: 'eth2' });
  ns.address.add('10.1.1.1/24', { dev: 'eth3' });
  for (const id of [1, 2, 3]) ns.nexthop.add({ id, via: `192.0.2.${id}`, oif: id + 1, onlink: true });
  ns.nexthop.add({ id: 4, blackhole: true });
  ns.nexthop.add({ id: 10, group: [{ id: 1, weight: 3 }, { id: 2 }, { id: 3 }] });
  ns.nexthop.add({ id: 11, group: [{ id: 1 }, { id: 2, weight: 5 }], type: 'resilient', buckets: 8 });
  ns.nexthop.add({ id: 12, group: [{ id: 4 }] });
  ns.nexthop.add({ id: 13, group: [{ id: 2 }, { id: 3 }] });
  return ns;
}

/** Id and path of a flow by itself, as a batch says them. */
function single(ns: Base, flow: Flow, miss: number): string {
  try {
    const { id } = ns.lookup(flow);
    return `${id} ${ns.core.view.getUint16(ns.core.result + abi.RESULT_NEXTHOP, true)}`;
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    const id = error.code === 'EAGAIN' ? undefined : (error.route as { id: number } | undefined)?.id;
    return `${id ?? miss} ${NO_PATH}`;
  }
}

/** The flow that a batch with these columns sees in a row. */
function seen(row: Row, columns: readonly FlowColumn[]): Flow {
  const flow: Partial<Row> & { dst: number } = { dst: row.dst };
  for (const name of columns) if (name !== 'table' || row.table !== 0) flow[name] = row[name];
  return flow;
}

/** Columns of rows, in either byte order. */
function columnsFor(rows: readonly Row[], names: readonly FlowColumn[], isSwapped: boolean): FlowColumns {
  const columns: Partial<Record<'dst' | FlowColumn, ReturnType<typeof columnOf>>> = {};
  for (const name of ['dst' as const, ...names]) {
    columns[name] = columnOf(name, rows);
    if (isSwapped && ['dst', 'src', 'sport', 'dport'].includes(name)) swap(columns[name]);
  }
  return columns as FlowColumns;
}

function columnOf(name: 'dst' | FlowColumn, rows: readonly Row[]): Uint32Array | Uint16Array | Uint8Array {
  return KINDS[name].from(rows.map((row) => row[name]));
}

/** Turns each number of a column round. */
function swap(column: Uint32Array | Uint16Array | Uint8Array): void {
  const bytes = new Uint8Array(column.buffer);
  const size = column.BYTES_PER_ELEMENT;
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
}

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
const world = fc.record({
  forward: fc.constantFrom('off' as const, 'auto' as const, 'compact' as const),
  routes: fc.array(route, { maxLength: 40, size: 'max' }),
  rules: fc.oneof(fc.constant([]), fc.array(rule, { maxLength: 12, size: 'max' })),
  events: fc.array(event, { maxLength: 3 }),
  policy: fc.constantFrom(0, 1, 2, 3),
  fields: fc.integer({ min: 1, max: 63 }),
});

function build(ns: Base, { routes, rules, events, policy, fields }: World): void {
  furnish(ns);
  ns.sysctl.set('net.ipv4.fib_multipath_hash_policy', policy);
  outcome(() => ns.sysctl.set('net.ipv4.fib_multipath_hash_fields', fields));
  for (const { address, length, kind, metric, ...rest } of routes) {
    const network = length === 0 ? 0 : (address & (-1 << (32 - length))) >>> 0;
    const more = metric === 0 ? rest : { ...rest, metric };
    outcome(() => ns.route.append({ address: network, length }, { ...more, ...kind }));
  }
  for (const { target, sport, dport, dscp, ...selectors } of rules) {
    const given = Object.fromEntries(Object.entries(selectors).filter(([, value]) => value !== undefined));
    outcome(() => ns.rule.add({ ...given, ...sport, ...dport, ...dscp, ...target }));
  }
  for (const happen of events) outcome(() => happen(ns));
}

for (const [name, make, numRuns] of [
  ['release', (options) => Netns.create(options), 300],
  ['check', (options) => checkedNetns(options).ns, 100],
] satisfies [string, (options: NetnsOptions) => Base, number][]) {
  test(`FIB-67, RULE-32, FIB-95 a batch of flows has the id and the path of each flow alone (${name} build)`, () => {
    fc.assert(
      fc.property(
        world,
        fc.array(flow, { minLength: 1, maxLength: 150, size: 'max' }),
        fc.subarray(NAMES),
        fc.record({
          miss: fc.constantFrom(0, 7, 0xffffffff),
          bigEndian: fc.boolean(),
          form: fc.constantFrom('query' as const, 'packet' as const, 'socket' as const),
        }),
        (w, rows, names, options) => {
          using ns = make({ forward: w.forward });
          build(ns, w);
          const columns = columnsFor(rows, names, options.bigEndian);
          const out = { id: new Uint32Array(rows.length), path: new Uint16Array(rows.length) };
          ns.lookupFlows(columns, out, options);
          rows.forEach((row, i) => {
            const alone = single(ns, { ...seen(row, names), form: options.form }, options.miss);
            expect(`${out.id[i]} ${out.path[i]}`, JSON.stringify(seen(row, names))).toBe(alone);
          });
          ns.check();
        },
      ),
      { numRuns, seed: 32 },
    );
  });
}

/** Rows that meet every value of every column. */
const crowd = fc.sample(flow, { numRuns: 256, seed: 20 }).map((row) => ({ ...row, table: 0 }));

describe('RULE-6..32 one rule before the others, rows of all kinds', () => {
  const before: RuleInput[] = [
    { iif: 'lo' },
    { iif: 'eth2' },
    { iif: 'red' },
    { iif: 'gone' },
    { oif: 'eth3' },
    { oif: 'blue' },
    { fwmark: 1 },
    { fwmark: 0x10, fwmask: 0x11 },
    { uidrange: { start: 1, end: 2000 } },
    { uidrange: { start: 0, end: 0 } },
    { tos: 0x10 },
    { dscp: 10 },
    { dscp: 10, dscpMask: 0x1f },
    { ipproto: 6 },
    { sport: 53 },
    { sport: 80, sportMask: 0xff },
    { sport: { start: 80, end: 443 } },
    { dport: 53 },
    { dport: 1008, dportMask: 0xfff0 },
    { dport: { start: 1024, end: 65534 } },
    { from: '10.0.0.0/16' },
    { to: '10.1.0.0/24' },
    { tunId: 5n },
    { from: '10.0.0.0/16', ipproto: 17, invert: true },
    { l3mdev: true },
    { l3mdev: true, suppressPrefixLength: 0 },
    { table: 254, suppressPrefixLength: 8 },
    { table: 254, suppressGroup: 7 },
    { from: '10.0.0.0/9', goto: 32767 },
    { from: '10.0.0.0/9', goto: 60 },
    { action: 'nop' },
    { from: '10.0.0.0/16', action: 'blackhole' },
  ];
  test.each(before)('%o', (first) => {
    using ns = Netns.create({ forward: 'compact' });
    furnish(ns);
    ns.link.set('eth3', { group: 7 });
    for (const [table, oif] of [
      [254, 3],
      [100, 5],
      [101, 6],
      [253, 4],
    ] as const) {
      ns.route.add('0.0.0.0/0', { oif, table });
      ns.route.add('10.0.0.0/9', { oif: oif === 3 ? 2 : oif, table, metric: 1 });
      ns.route.add('10.1.0.0/16', { oif, table, tos: 0x10 });
    }
    ns.rule.add({ priority: 60, ipproto: 17, table: 253 });
    ns.rule.add({
      priority: 1,
      ...(first.l3mdev || first.goto || first.action ? {} : { table: 100 }),
      ...first,
    });
    for (const names of [NAMES, NAMES.filter((_, i) => i % 2), NAMES.filter((_, i) => i % 3 === 0)]) {
      for (const bigEndian of [false, true]) {
        const out = { id: new Uint32Array(crowd.length), path: new Uint16Array(crowd.length) };
        ns.lookupFlows(columnsFor(crowd, names, bigEndian), out, { bigEndian });
        const got = crowd.map((row, i) => `${JSON.stringify(seen(row, names))} ${out.id[i]} ${out.path[i]}`);
        expect(got).toEqual(
          crowd.map((row) => `${JSON.stringify(seen(row, names))} ${single(ns, seen(row, names), 0)}`),
        );
      }
    }
  });
});

describe('flow batches', () => {
  test('the zero-copy form: write columns, run, read ids and paths', () => {
    using ns = lab(2, 3);
    const nexthops = [
      { via: '192.0.2.1', dev: 'eth2', onlink: true },
      { via: '192.0.2.2', dev: 'eth3', onlink: true, weight: 3 },
    ];
    ns.route.add('10.0.0.0/8', { nexthops });
    ns.route.add('10.9.0.0/16', { type: 'blackhole' });
    ns.sysctl.set('net.ipv4.fib_multipath_hash_policy', 1);
    using flows = ns.flowBatch(100, ['sport']);
    flows.dst.fill(0x0a000001);
    flows.sport.forEach((_, i, sport) => (sport[i] = i));
    flows.dst[98] = 0x0a090000;
    flows.dst[99] = 1;
    flows.run(100, { miss: 5 });
    const taken = [0, 0];
    for (let i = 0; i < 98; i++) {
      const { via } = ns.lookup({ dst: 0x0a000001, sport: i });
      expect(ns.info(flows.id[i]!)?.nexthops[flows.path[i]!]?.via).toBe(via);
      taken[flows.path[i]!]!++;
    }
    expect(taken[1]!).toBeGreaterThan(taken[0]! * 2);
    expect(ns.info(flows.id[98]!)?.type).toBe('blackhole');
    expect([flows.path[98], flows.id[99], flows.path[99]]).toEqual([NO_PATH, 5, NO_PATH]);
  });

  test('columns outlive growth of the memory', () => {
    using ns = lab(2);
    using flows = ns.flowBatch(3, ['mark', 'ipproto', 'dport']);
    flows.mark.set([1, 2, 3]);
    flows.ipproto.set([4, 5, 6]);
    const { mark } = flows;
    using _room = ns.batch(1 << 20);
    expect(mark.length).toBe(0);
    expect([...flows.mark, ...flows.ipproto, ...flows.dport]).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 0]);
  });

  test('lookupFlows takes many rows and other columns in turn', () => {
    using ns = lab(2);
    ns.route.add('10.0.0.0/8', { dev: 'eth2' });
    ns.route.add('11.0.0.0/8', { dev: 'eth2', table: 100 });
    ns.rule.add({ fwmark: 1, table: 100, priority: 1 });
    const n = 10_000;
    const dst = Uint32Array.from({ length: n }, (_, i) => 0x0a000000 + (i % 2) * 0x01000000);
    const mark = Uint32Array.from({ length: n }, (_, i) => (i >> 1) % 2);
    const id = new Uint32Array(n);
    for (const flows of [{ dst }, { dst, mark }, { dst }, { dst, mark: undefined }, { mark, dst }]) {
      ns.lookupFlows(flows as FlowColumns, { id });
      const isMarked = 'mark' in flows && flows.mark !== undefined;
      id.forEach((got, i) => {
        const alone = ns.tryLookup({ dst: dst[i]!, ...(isMarked ? { mark: mark[i]! } : {}) });
        if (got !== (alone?.id ?? 0)) expect(`${i} ${got}`).toBe(`${i} ${alone?.id}`);
      });
    }
  });

  const dst = new Uint32Array(2);
  const id = new Uint32Array(2);
  test.each<[unknown, unknown, FlowBatchOptions?]>([
    [null, { id }],
    [{}, { id }],
    [{ dst: [1, 2] }, { id }],
    [{ dst, src: new Uint32Array(1) }, { id }],
    [{ dst, sport: new Uint32Array(2) }, { id }],
    [{ dst, scope: new Uint8Array(2) }, { id }],
    [{ dst, id }, { id }],
    [{ dst }, null],
    [{ dst }, {}],
    [{ dst }, { id: new Uint32Array(1) }],
    [{ dst }, { id, path: new Uint32Array(2) }],
    [{ dst }, { id, path: new Uint16Array(1) }],
    [{ dst }, { id }, { miss: -1 }],
    [{ dst }, { id }, { form: 'toString' as never }],
  ])('lookupFlows(%o, %o, %o) is EINVAL', (flows, out, options) => {
    using ns = lab(2);
    expect(outcome(() => ns.lookupFlows(flows as never, out as never, options))).toBe('EINVAL');
  });

  test('flowBatch refuses what it cannot be', () => {
    using ns = lab(2);
    for (const capacity of [0, -1, 1.5, 2 ** 25 + 1, '7', null]) {
      expect(outcome(() => ns.flowBatch(capacity as number, []))).toBe('EINVAL');
    }
    for (const columns of [undefined, 'src', ['src', 'src'], ['dst'], ['id'], ['scope'], [null]]) {
      expect(outcome(() => ns.flowBatch(1, columns as never))).toBe('EINVAL');
    }
    const flows = ns.flowBatch(2, ['src']);
    expect(outcome(() => flows.run(3))).toBe('EINVAL');
    expect(outcome(() => flows.run(1, { form: 'raw' as never }))).toBe('EINVAL');
    expect(() => flows.iif).toThrow('this batch has no column iif');
    flows.close();
    flows.close();
    expect(() => flows.run(1)).toThrow(TypeError);
    expect(() => flows.src).toThrow(TypeError);
  });

  test('a closed Netns takes its batches along', () => {
    const ns = lab(2);
    const flows = ns.flowBatch(2, []);
    ns.lookupFlows({ dst }, { id });
    ns.close();
    expect(() => ns.lookupFlows({ dst }, { id })).toThrow(TypeError);
    expect(() => ns.flowBatch(2, [])).toThrow(TypeError);
    expect(() => flows.run(1)).toThrow(TypeError);
    flows.close();
  });
});

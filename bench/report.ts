/**
 * bench/report.ts - the results of a run as tables: packages side by side, natives side by side, costs, growth.
 */
import {
  DECIDERS,
  DEFENCES,
  STREAMS,
  type CacheCell,
  type CacheRun,
  type Decider,
  type FloodPoint,
} from './cache.js';
import type { Result } from './compare.js';
import { COSTS, type CostName, type Costs, type Figure } from './costs.js';
import { embedSection } from './embed-report.js';
import type { EmbedRun } from './embed.js';
import { SHAPES } from './forward.js';
import { GROWN, type GrowthResult } from './growth.js';
import { LIVE, type LiveName, type LiveResult } from './live.js';
import { machineLine, type Machine } from './machine.js';
import { summarize, type Rate } from './rate.js';
import type { RatioResult, RatioRun } from './ratio.js';
import { digits, markdownSections, textSections, thousands, time, type Section } from './section.js';
import { SINGLES, type SingleCell } from './single.js';
import { SUBJECT_TITLES } from './subject.js';
import { TRACES, TRACE_TITLES, type TraceName } from './trace.js';
import { TASKS } from './worker.js';

/** A run as it is written with `--json`: what all have, and what the verb gives. */
export interface Run {
  readonly machine: Machine;
  readonly seed: number;
  readonly packages?: readonly Result[];
  readonly native?: RatioRun;
  readonly costs?: readonly GrowthResult[];
  readonly growth?: readonly GrowthResult[];
  readonly cache?: CacheRun & { readonly singles: readonly SingleCell[] };
  readonly live?: LiveResult;
  readonly table?: EmbedRun;
}

/** Half the distance of the quartiles, in percent of the median. */
function spread({ p25, p75, median }: Rate): string {
  return `±${((100 * (p75 - p25)) / 2 / median).toFixed(0)}%`;
}

// ---- packages

const PACKAGES_HEAD = [
  'structure',
  'prefixes',
  'build, sorted',
  'build, shuffled',
  'insert',
  'delete',
  'lookup, number',
  'lookup, text',
  'lookup, batch',
  'bytes/prefix',
];

function packageRow({ subject, prefixes, ns, bytesPerPrefix }: Result): string[] {
  const cell = (rate: Rate | undefined): string => (rate ? `${time(rate.median)} ${spread(rate)}` : '-');
  return [
    SUBJECT_TITLES[subject][0],
    thousands(prefixes),
    ...TASKS.map((task) => cell(ns[task])),
    bytesPerPrefix > 0 ? bytesPerPrefix.toFixed(0) : '-',
  ];
}

/** Hoptrie beside packages, and what a reader must know: who stopped where, and what each structure does not do. */
function packagesSection(results: readonly Result[]): Section {
  const stops = results
    .filter(({ stopped }) => stopped !== undefined)
    .map(
      ({ subject, prefixes, stopped }) =>
        `${SUBJECT_TITLES[subject][0]} stops at ${thousands(prefixes)}: ${stopped}`,
    );
  const names = [...new Set(results.map(({ subject }) => subject))];
  return {
    note: 'time of one operation, median of the rounds ± half the distance of the quartiles; lookups of random addresses inside prefixes',
    head: PACKAGES_HEAD,
    rows: results.map(packageRow),
    remarks: [...stops, ...names.map((name) => `${SUBJECT_TITLES[name][0]}: ${SUBJECT_TITLES[name][1]}`)],
  };
}

// ---- natives

/** What ratios are taken to. */
const BASES = [
  { peer: 'C DIR-24-8', title: '/C' },
  { peer: 'DPDK rte_fib', title: '/fib' },
] as const;

function isShape(peer: string): boolean {
  return (SHAPES as readonly string[]).includes(peer);
}

function peerTitle({ peer, way }: RatioResult): string {
  return isShape(peer) ? `hoptrie ${peer}, ${way}` : `${peer}, ${way}`;
}

/** How many times as fast as `base`, the median over the rounds. */
function ratio(of: readonly number[], base: readonly number[]): string {
  return summarize(of.map((ns, round) => base[round]! / ns)).median.toFixed(2);
}

function nativeRow(result: RatioResult, results: readonly RatioResult[], prefixes: number): string[] {
  const bases = BASES.flatMap(({ peer }) => results.find((other) => other.peer === peer) ?? []);
  const cells = (trace: TraceName): string[] => {
    const rate = summarize(result.ns[trace].map((ns) => 1e3 / ns));
    return [
      `${digits(rate.median)} ${spread(rate)}`,
      ...bases.map(({ ns }) => ratio(result.ns[trace], ns[trace])),
    ];
  };
  return [peerTitle(result), ...TRACES.flatMap(cells), (result.bytes / prefixes).toFixed(1)];
}

function nativeSection(run: RatioRun): Section {
  const { results, prefixes } = run;
  const bases = BASES.filter(({ peer }) => results.some((result) => result.peer === peer));
  const rounds = results[0]?.ns.uniform.length ?? 0;
  return {
    note:
      `a ${run.table} table of ${thousands(prefixes)} prefixes: millions of lookups a second, median of ${rounds} ` +
      `rounds in turns ± half the distance of the quartiles; ${bases.map(({ title, peer }) => `${title}: times the rate of ${peer}`).join(', ')}; ` +
      'B/p: bytes for each prefix of what lookups read',
    head: [
      'who, how',
      ...TRACES.flatMap((trace) => [TRACE_TITLES[trace], ...bases.map(({ title }) => title)]),
      'B/p',
    ],
    rows: results.map((result) => nativeRow(result, results, prefixes)),
    remarks: [
      `traces of ${thousands(run.rows)} destinations, up to 65,536 in a call; every way of everyone gave the same next hops`,
      ...(run.compiler === undefined ? [] : [`C: ${run.compiler}, -O3 -march=native`]),
      ...(run.dpdk === undefined ? [] : [`DPDK ${run.dpdk}, without huge pages`]),
      ...run.absent.map((line) => `not here: ${line}`),
    ],
  };
}

// ---- costs and growth

const isBytes = (name: CostName): boolean => name.endsWith('Bytes');

function figureText(name: CostName, figure: Figure | undefined): string {
  if (figure === undefined) return '-';
  if (isBytes(name)) return figure.value.toFixed(1);
  const { worst, value } = figure;
  return worst === undefined ? time(value) : `${time(value)}, worst ${time(worst)}`;
}

/** All costs of one table: a row for each, a column for each shape. */
function costsSection(results: readonly GrowthResult[]): Section {
  const { table, prefixes } = results[0]!;
  const row = (name: CostName): string[] => [
    COSTS[name],
    ...results.map(({ costs }) => figureText(name, costs[name])),
  ];
  return {
    note: `a ${table} table of ${thousands(prefixes)} prefixes: medians, and the slowest of all where each one was timed`,
    head: ['what', ...results.map(({ shape }) => shape)],
    rows: (Object.keys(COSTS) as CostName[])
      .filter((name) => results.some(({ costs }) => costs[name] !== undefined))
      .map(row),
    remarks: [],
  };
}

/** What is shown of growth: loads and snapshots for each prefix, the rest for each operation. */
const GROWTH: readonly (readonly [name: CostName, title: string, perPrefix: boolean])[] = [
  ['batch', 'batch', false],
  ['scalar', 'lookupId', false],
  ['textId', 'by text', false],
  ['text', 'lookup', false],
  ['updateApply', 'update', false],
  ['dump', 'load/prefix', true],
  ['trusted', 'snapshot/prefix', true],
  ['trieBytes', 'trie B/p', false],
  ['viewBytes', 'view B/p', false],
];

function growthSection(results: readonly GrowthResult[]): Section {
  const cell = (costs: Costs, name: CostName, per: number): string => {
    const figure = costs[name];
    return figureText(name, figure && { value: figure.value / per });
  };
  const rows = GROWN.flatMap((shape) => results.filter((result) => result.shape === shape));
  return {
    note: 'one lookup inside prefixes, one /24 replaced, one prefix loaded from netlink bytes or from a trusted snapshot; bytes a prefix',
    head: ['shape', 'prefixes', ...GROWTH.map(([, title]) => title)],
    rows: rows.map(({ shape, prefixes, costs }) => [
      shape,
      thousands(prefixes),
      ...GROWTH.map(([name, , perPrefix]) => cell(costs, name, perPrefix ? prefixes : 1)),
    ]),
    remarks: [],
  };
}

// ---- the route cache

const DECIDER_NAMES = Object.keys(DECIDERS) as Decider[];

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.01 ? 1 : 0)}%`;
}

function cacheRow({ stream, routes, rules, ns, hits }: CacheCell): string[] {
  const cells = DECIDER_NAMES.map((name) => digits(ns[name]));
  return [STREAMS[stream], thousands(routes), String(rules), ...cells, percent(hits)];
}

function cacheSection({ cells }: CacheRun): Section {
  return {
    note: 'nanoseconds of a packet made here, in batches, median; view alone without any rules',
    head: ['stream', 'routes', 'rules', ...Object.values(DECIDERS), 'hits'],
    rows: cells.map(cacheRow),
    remarks: [],
  };
}

function singleRow({ stream, routes, ns }: SingleCell): string[] {
  const { lookup, beside, hit, writes } = ns;
  const cells = [lookup, beside, hit, writes].map(digits);
  return [
    STREAMS[stream],
    thousands(routes),
    ...cells,
    ...[lookup, beside].map((ns) => ((hit - writes) / ns).toFixed(2)),
  ];
}

function singleSection(singles: readonly SingleCell[]): Section {
  return {
    note: 'nanoseconds of a packet made here, one at a time, each way in a process of its own, median of rounds in turns; the last two: a hit without its writes, in proportion to either lookup',
    head: ['stream', 'routes', ...Object.values(SINGLES), 'to lookupId', 'to that with a cache'],
    rows: singles.map(singleRow),
    remarks: [],
  };
}

function floodRow({ defence, packets, entries, longest, flood, beside, hits }: FloodPoint): string[] {
  const counts = [packets, entries, longest].map(thousands);
  return [DEFENCES[defence], ...counts, digits(flood), digits(beside), percent(hits)];
}

function floodSection({ flood }: CacheRun): Section {
  return {
    note: 'a flood of destinations that come once, and one packet of 64k flows to each eight of it: nanoseconds of each, hits of the latter',
    head: ['defence', 'packets', 'entries', 'longest chain', 'flood', 'beside', 'hits'],
    rows: flood.map(floodRow),
    remarks: [],
  };
}

// ---- live

function liveSection({ prefixes, rates }: LiveResult): Section {
  const kept = rates.lookupsBetween.median / rates.lookupsAlone.median;
  return {
    note: `a mirror of ${thousands(prefixes)} prefixes, its view and its gateway index kept: messages or lookups a second`,
    head: ['what', 'median', 'spread'],
    rows: (Object.keys(LIVE) as LiveName[]).map((name) => [
      LIVE[name],
      thousands(Math.round(rates[name].median)),
      spread(rates[name]),
    ]),
    remarks: [
      `Between changes the lookups keep ${(100 * kept).toFixed(0)} % of their rate; changes are not timed there.`,
    ],
  };
}

// ---- all

function sections(run: Run): Section[] {
  return [
    ...(run.packages ? [packagesSection(run.packages)] : []),
    ...(run.native ? [nativeSection(run.native)] : []),
    ...(run.costs ? [costsSection(run.costs)] : []),
    ...(run.growth ? [growthSection(run.growth)] : []),
    ...(run.cache
      ? [cacheSection(run.cache), singleSection(run.cache.singles), floodSection(run.cache)]
      : []),
    ...(run.live ? [liveSection(run.live)] : []),
    ...(run.table ? [embedSection(run.table)] : []),
  ];
}

/** The run for a terminal. */
export function textReport(run: Run): string {
  return `${machineLine(run.machine)}\n${textSections(sections(run))}`;
}

/** The run as a page quotes it. */
export function markdownReport(run: Run): string {
  return `${machineLine(run.machine)}\n\n${markdownSections(sections(run))}`;
}

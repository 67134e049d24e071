/**
 * bench/plot.ts - how costs grow with the table, as one SVG: a panel for each cost, a line for each shape.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Costs } from './costs.js';
import type { Shape } from './forward.js';
import { GROWN, type GrowthResult } from './growth.js';

/** One panel: what it shows, in which unit; undefined where a shape has none. */
interface Panel {
  readonly title: string;
  readonly value: (costs: Costs, prefixes: number) => number | undefined;
}

const perMicrosecond = (ns: number | undefined): number | undefined => ns && 1e3 / ns;

const PANELS: readonly Panel[] = [
  { title: 'batch: million lookups/s', value: ({ batch }) => perMicrosecond(batch?.value) },
  { title: 'lookupId: million lookups/s', value: ({ scalar }) => perMicrosecond(scalar?.value) },
  { title: 'update of a /24: µs', value: ({ updateApply }) => updateApply && updateApply.value / 1e3 },
  { title: 'load from netlink bytes: µs a prefix', value: ({ dump }, n) => dump && dump.value / 1e3 / n },
  { title: 'load a trusted snapshot: ms', value: ({ trusted }) => trusted && trusted.value / 1e6 },
  { title: 'view: bytes a prefix', value: ({ viewBytes }) => viewBytes?.value || undefined },
];

const COLOURS: Record<Shape, string> = {
  auto: '#efb118',
  compact: '#4269d0',
  direct: '#ff725c',
  off: '#6b7280',
};
const COLUMNS = 3;
const [WIDTH, HEIGHT] = [300, 220];
/** Room above the panels for the legend. */
const TOP = 28;

/** What is used of an element; TypeScript's own word for it belongs to browsers. */
interface Element {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

/** The powers of ten around all values. */
function decades(values: readonly number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

/** A log axis from one power of ten to another. */
function axis(label: string, ...values: number[]): Plot.ScaleOptions {
  const ticks = decades(values);
  return { type: 'log', label, domain: [ticks[0]!, ticks.at(-1)!], ticks, tickFormat: 's', grid: true };
}

/** A panel at its place, as an `<svg>` within the picture. */
function panel({ title, value }: Panel, i: number, results: readonly GrowthResult[]): string {
  const { document } = parseHTML('<html></html>') as { readonly document: unknown };
  const points = results.flatMap(({ shape, prefixes, costs }) => {
    const y = value(costs, prefixes);
    return y === undefined ? [] : [{ shape, prefixes, y }];
  });
  const channels = { x: 'prefixes', y: 'y', stroke: (d: { shape: Shape }) => COLOURS[d.shape] };
  const options = {
    document,
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 48,
    marginTop: 32,
    x: axis('prefixes', ...points.map(({ prefixes }) => prefixes)),
    y: axis(title, ...points.map(({ y }) => y)),
    marks: [Plot.line(points, { ...channels, z: 'shape' }), Plot.dot(points, { ...channels, r: 2 })],
  };
  const plot = Plot.plot(options) as Element;
  plot.setAttribute('x', String((i % COLUMNS) * WIDTH));
  plot.setAttribute('y', String(TOP + Math.floor(i / COLUMNS) * HEIGHT));
  return plot.outerHTML;
}

/** The picture. */
export function plotGrowth(results: readonly GrowthResult[]): string {
  const [width, height] = [WIDTH * COLUMNS, TOP + HEIGHT * Math.ceil(PANELS.length / COLUMNS)];
  const legend = GROWN.map(
    (shape, i) =>
      `<rect x="${16 + i * 90}" y="9" width="12" height="12" fill="${COLOURS[shape]}"/>` +
      `<text x="${34 + i * 90}" y="19">${shape}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>How hoptrie grows with the table, by shape of the forwarding view</title>',
    '<rect width="100%" height="100%" fill="white"/>',
    ...legend,
    ...PANELS.map((each, i) => panel(each, i, results)),
    '</svg>\n',
  ].join('\n');
}

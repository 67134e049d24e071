/**
 * bench/plot.ts - how costs grow with the table: a panel for each cost, a line for each shape.
 */
import type { Costs } from './costs.js';
import type { Shape } from './forward.js';
import { GROWN, type GrowthResult } from './growth.js';
import { drawPicture, type Panel } from './picture.js';

/** One cost: its unit; undefined where a shape has none. */
interface Cost {
  readonly title: string;
  readonly value: (costs: Costs, prefixes: number) => number | undefined;
}

const perMicrosecond = (ns: number | undefined): number | undefined => ns && 1e3 / ns;

const COST_PANELS: readonly Cost[] = [
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
/** The picture. */
export function plotGrowth(results: readonly GrowthResult[]): string {
  const panels = COST_PANELS.map(({ title, value }): Panel => {
    const points = results.flatMap(({ shape, prefixes, costs }) => {
      const y = value(costs, prefixes);
      return y === undefined ? [] : [{ series: shape, x: prefixes, y }];
    });
    return { x: 'prefixes', y: title, points };
  });
  const legend = Object.fromEntries(GROWN.map((shape) => [shape, COLOURS[shape]]));
  return drawPicture('How hoptrie grows with the table, by shape of the forwarding view', legend, panels);
}

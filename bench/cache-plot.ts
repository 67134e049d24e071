/**
 * bench/cache-plot.ts - what the route cache costs and gives: a panel for each stream over the rules, and three of a flood.
 */
import { DECIDERS, DEFENCES, STREAMS, type CacheRun, type Decider, type Stream } from './cache.js';
import { drawPicture, type Panel } from './picture.js';

const COLOURS = {
  [DECIDERS.view]: '#efb118',
  [DECIDERS.tables]: '#6b7280',
  [DECIDERS.none]: '#ff725c',
  [DECIDERS.cache]: '#4269d0',
  [DEFENCES.limits]: '#3ca951',
  [DEFENCES.none]: '#97bbf5',
};
const WAYS = Object.keys(DECIDERS) as readonly Decider[];

/** Nanoseconds of a packet over the rules, in the largest table; 0 rules stand at 0.5. */
function streamPanel({ cells }: CacheRun, stream: Stream): Panel {
  const routes = Math.max(...cells.map((cell) => cell.routes));
  const points = cells
    .filter((cell) => cell.routes === routes && cell.stream === stream)
    .flatMap(({ rules, ns }) =>
      WAYS.map((way) => ({ series: DECIDERS[way], x: Math.max(rules, 0.5), y: ns[way] })),
    );
  return { x: 'policy rules (0 at the left)', y: `${STREAMS[stream]}: ns a packet`, points };
}

function floodPanel({ flood }: CacheRun, y: string, value: 'longest' | 'flood' | 'beside'): Panel {
  const points = flood.map((point) => ({
    series: DEFENCES[point.defence],
    x: point.packets,
    y: Math.max(1, point[value]),
  }));
  return { x: 'packets of the flood', y, points };
}

/** The picture. */
export function plotCache(run: CacheRun): string {
  return drawPicture('What the route cache costs and gives', COLOURS, [
    streamPanel(run, 'zipf'),
    streamPanel(run, 'uniform'),
    streamPanel(run, 'scan'),
    floodPanel(run, 'flood: longest chain', 'longest'),
    floodPanel(run, 'flood: ns a packet of it', 'flood'),
    floodPanel(run, 'flood: ns a packet of the 64k flows beside', 'beside'),
  ]);
}

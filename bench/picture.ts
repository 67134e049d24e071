/**
 * bench/picture.ts - panels of lines, a colour for each series, as one SVG.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** A place in a panel. */
export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

/** One panel: what its axes show, and the points of all series. */
export interface Panel {
  readonly x: string;
  readonly y: string;
  readonly points: readonly Point[];
}

/** Colours by series, in the order of the legend. */
export type Legend = Readonly<Record<string, string>>;

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
function panelText({ x, y, points }: Panel, i: number, legend: Legend): string {
  const { document } = parseHTML('<html></html>') as { readonly document: unknown };
  const channels = { x: 'x', y: 'y', stroke: ({ series }: Point) => legend[series]! };
  const options = {
    document,
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 48,
    marginTop: 32,
    x: axis(x, ...points.map((point) => point.x)),
    y: axis(y, ...points.map((point) => point.y)),
    marks: [Plot.line(points, { ...channels, z: 'series' }), Plot.dot(points, { ...channels, r: 2 })],
  };
  const plot = Plot.plot(options) as Element;
  plot.setAttribute('x', String((i % COLUMNS) * WIDTH));
  plot.setAttribute('y', String(TOP + Math.floor(i / COLUMNS) * HEIGHT));
  return plot.outerHTML;
}

/** The picture. */
export function drawPicture(title: string, legend: Legend, panels: readonly Panel[]): string {
  const [width, height] = [WIDTH * COLUMNS, TOP + HEIGHT * Math.ceil(panels.length / COLUMNS)];
  let at = 16;
  const names = Object.entries(legend).map(([name, colour]) => {
    const from = at;
    at += 34 + 7 * name.length;
    return (
      `<rect x="${from}" y="9" width="12" height="12" fill="${colour}"/>` +
      `<text x="${from + 18}" y="19">${name}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...names,
    ...panels.map((each, i) => panelText(each, i, legend)),
    '</svg>\n',
  ].join('\n');
}

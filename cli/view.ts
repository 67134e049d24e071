/**
 * cli/view.ts - how a mirror is shown: changes as lines, and a screen that is drawn anew in place.
 */
import type { Change, Netns, Route } from 'hoptrie';
import type { FollowEvent, FollowStats } from 'hoptrie/feed';
import { count, counted, duration, style } from './print.js';
import { pathsOf, protocolWord, tableWord } from './words.js';

/** Events that are shown. */
type Shown = Exclude<FollowEvent, { type: 'part' | 'applied' }>;

/** Whoever shows a mirror. */
export interface View {
  start(stats: () => FollowStats): void;
  changes(of: () => Iterable<Change>): void;
  event(event: Shown, ns: Netns): void;
  end(stats: FollowStats | undefined, ns: Netns): void;
}

/** How often the screen is drawn, and how many changes it shows. */
const DRAW_MS = 250;
const LAST = 12;
/** Seconds over which a rate is taken. */
const RATE_SECONDS = 2;

/** A change as a line, links by the names that `ns` knows: `add 10.0.0.0/8 via 192.0.2.1 dev eth0 proto bgp metric 20`. */
export function changeLine(change: Change, ns: Netns): string {
  switch (change.kind) {
    case 'route':
      return `${change.op} ${routeWords(change.route, ns)}`;
    case 'link':
      return `${change.op} link ${change.index}: ${change.name}${linkWords(change.link?.flags)}`;
    case 'address':
      return `${change.op} address ${change.address.address} link ${change.address.index}`;
    case 'rule':
      return `${change.op} rule ${change.rule.priority}: from ${change.rule.from ?? 'all'} ${ruleEnd(change.rule)}`;
    case 'nexthop':
      return `${change.op} nexthop id ${change.nexthop.id}${nexthopWords(change.nexthop)}`;
  }
}

function routeWords(route: Route, ns: Netns): string {
  const { dst, type, table, metric, protocol, nhid, tos } = route;
  const words = type === 'unicast' || type === 'unspec' ? [dst] : [String(type), dst];
  if (tos !== 0) words.push(`tos 0x${tos.toString(16)}`);
  if (nhid !== undefined) words.push(`nhid ${nhid}`);
  if (route.nexthops.length > 0) words.push(pathsOf(named(route, ns)).join(', '));
  if (table !== 254) words.push(`table ${tableWord(table)}`);
  if (protocol !== 0) words.push(`proto ${protocolWord(protocol)}`);
  if (metric !== 0) words.push(`metric ${metric}`);
  return words.join(' ');
}

/** The route with its links by name. */
function named(route: Route, ns: Netns): Route {
  const nexthops = route.nexthops.map((hop) => {
    const dev = hop.dev ?? ns.link.list().find(({ index }) => index === hop.oif)?.name;
    return dev === undefined ? hop : { ...hop, dev };
  });
  return { ...route, nexthops };
}

function linkWords(flags: number | undefined): string {
  return flags === undefined ? '' : flags & 1 ? ' up' : ' down';
}

function ruleEnd({ action, table, goto }: Extract<Change, { kind: 'rule' }>['rule']): string {
  if (action === 'table') return `lookup ${tableWord(table)}`;
  return goto === undefined ? String(action) : `goto ${goto}`;
}

function nexthopWords({
  via,
  oif,
  group,
  blackhole,
}: Extract<Change, { kind: 'nexthop' }>['nexthop']): string {
  if (blackhole === true) return ' blackhole';
  if (group !== undefined) return ` group ${group.map(({ id, weight }) => `${id},${weight}`).join('/')}`;
  return (via === undefined ? '' : ` via ${via}`) + (oif === undefined ? '' : ` dev if${oif}`);
}

/** An event as a line. */
export function eventLine(event: Shown, ns: Netns): string {
  switch (event.type) {
    case 'begin':
      return `-- the source tells everything (${event.reason})`;
    case 'synced':
      return `-- in step: ${counted(ns.stats().routes, 'route')}, ${duration(event.durationMs)}`;
    case 'resync':
      return `-- in step again after ${event.reason}: ${counted(event.applied, 'change')}, ${duration(event.durationMs)}`;
    case 'closed':
      return `-- the peer has gone${event.error === undefined ? '' : `: ${event.error.message}`}`;
    case 'refused':
      return `-- passed over: ${event.error.message}`;
  }
}

/** What there is at the end. */
export function summaryLine(stats: FollowStats, ns: Netns): string {
  const routes = counted(ns.stats().routes, 'route');
  const rest = [
    counted(stats.applied, 'change'),
    ...(stats.passedOver > 0 ? [`${count(stats.passedOver)} passed over`] : []),
    ...(stats.refused > 0 ? [`${count(stats.refused)} refused`] : []),
    ...(stats.resyncs > 0 ? [counted(stats.resyncs, 'resync')] : []),
  ];
  return `-- ${routes}; ${rest.join(', ')}`;
}

/** A screen that is drawn anew in place; what was above it stays. */
export class LiveView implements View {
  readonly #ns: Netns;
  readonly #name: string;
  #stats: (() => FollowStats) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Lines of the last frame. */
  #lines = 0;
  #status = 'waiting';
  readonly #last: string[] = [];
  readonly #samples: { readonly ms: number; readonly changes: number }[] = [];

  constructor(ns: Netns, name: string) {
    this.#ns = ns;
    this.#name = name;
  }

  start(stats: () => FollowStats): void {
    this.#stats = stats;
    this.#timer = setInterval(() => this.#draw(), DRAW_MS);
    process.stdout.on('resize', this.#resized).write(HIDE_CURSOR);
    this.#draw();
  }

  changes(of: () => Iterable<Change>): void {
    const lines: string[] = [];
    for (const change of of()) {
      lines.push(changeLine(change, this.#ns));
      if (lines.length > LAST) lines.shift();
    }
    this.#last.push(...lines);
    this.#last.splice(0, this.#last.length - LAST);
  }

  event(event: Shown, ns: Netns): void {
    this.#status = eventLine(event, ns).replace(/^-- /, '');
  }

  end(): void {
    clearInterval(this.#timer);
    this.#draw();
    process.stdout.off('resize', this.#resized).write(SHOW_CURSOR);
  }

  /** Lines that are too long now have been broken in two: nobody knows where the frame begins. */
  readonly #resized = (): void => {
    process.stdout.write(CLEAR);
    this.#lines = 0;
    this.#draw();
  };

  /** Writes over the last frame, line by line, so that nothing flickers. */
  #draw(): void {
    if (this.#stats === undefined) return;
    const { columns = 80, rows = 24 } = process.stdout;
    const lines = this.#screen(this.#stats()).slice(0, Math.max(1, rows - 1));
    const text = lines.map((line, i) => {
      const fits = clip(line, columns);
      return `${i === 0 ? style('bold', fits) : fits}${CLEAR_LINE}\n`;
    });
    const up = this.#lines === 0 ? '' : `\x1b[${this.#lines}A\r`;
    process.stdout.write(`${up}${text.join('')}${CLEAR_BELOW}`);
    this.#lines = lines.length;
  }

  #screen(stats: FollowStats): string[] {
    const { routes } = this.#ns.stats();
    const tables = this.#ns.tables().filter((table) => table.routes > 0).length;
    const { lagMs, maxLagMs, resyncs, source, applied, passedOver, refused } = stats;
    const links = this.#ns.link.list().length;
    const rules = this.#ns.rule.list().length;
    const objects = this.#ns.nexthop.list().length;
    return [
      `hoptrie watch ${this.#name}: ${this.#status}`,
      '',
      figure('routes', count(routes), counted(tables, 'table'), counted(links, 'link'), counted(rules, 'rule'), counted(objects, 'nexthop object')), // prettier-ignore
      figure('changes', count(applied), `${count(this.#rate(applied))}/s`, `${count(passedOver)} passed over`, `${count(refused)} refused`), // prettier-ignore
      figure('messages', count(source.messages), counted(source.overruns, 'overrun'), counted(resyncs, 'resync')), // prettier-ignore
      figure('lag', duration(lagMs), `at most ${duration(maxLagMs)}`),
      '',
      ...this.#last,
    ];
  }

  /** Changes a second, over the last seconds. */
  #rate(changes: number): number {
    const ms = performance.now();
    this.#samples.push({ ms, changes });
    while (this.#samples.length > 1 && ms - this.#samples[0]!.ms > RATE_SECONDS * 1000) this.#samples.shift();
    const first = this.#samples[0]!;
    return ms === first.ms ? 0 : ((changes - first.changes) * 1000) / (ms - first.ms);
  }
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** Clears the rest of a line, all below, all. */
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CLEAR = '\x1b[H\x1b[J';

/** A line of the screen: what it is about, its figure, and more of it. */
function figure(name: string, value: string, ...more: readonly string[]): string {
  return `${name.padEnd(9)}${value.padStart(11)}   ${more.join(', ')}`;
}

/** A line that takes no more than its row. */
function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

/**
 * cli/mirror.ts - a Netns that follows a source while somebody looks on: `hoptrie watch` and `hoptrie replay`.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Netns, type Change } from 'hoptrie';
import { follow, recordPart, type FollowEvent, type PartSource } from 'hoptrie/feed';
import { asFailure } from './failure.js';
import { print } from './print.js';
import { Server } from './server/server.js';
import { LiveView, changeLine, eventLine, summaryLine, type View } from './view.js';
import { writeWhole } from './write.js';

/** What a mirror does besides. */
export interface MirrorOptions {
  readonly isJson: boolean;
  /** Where it answers lookups. */
  readonly serve?: string;
  /** Where what comes is kept. */
  readonly record?: string;
  /** Where the state at the end goes. */
  readonly save?: string;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How often time passes in the mirror. */
const TICK_MS = 100;

/** A mirror that is shown. */
export class Mirror {
  readonly #ns = Netns.create();
  readonly #options: MirrorOptions;
  #recording: WriteStream | undefined;
  /** In the middle of a dump, of which not each route is news. */
  #isDumping = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  /** Follows a source to its end, or until a signal. @throws {Failure} */
  async run(source: PartSource, name: string): Promise<void> {
    const { serve, record, save, isJson } = this.#options;
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    for (const signal of STOP_SIGNALS) process.on(signal, abort);
    process.stdout.on('error', abort);
    const server = serve === undefined ? undefined : await Server.listen(this.#ns, serve, { say });
    if (record !== undefined) this.#recording = createWriteStream(record);
    const view = isJson
      ? new JsonView()
      : process.stdout.isTTY
        ? new LiveView(this.#ns, name)
        : new LineView(this.#ns);
    const ticking = server === undefined ? this.#tick() : undefined; // a server keeps the time itself
    try {
      const following = follow(this.#ns, source, {
        signal: stop.signal,
        onEvent: (event) => this.#seen(event, view),
      });
      view.start(() => following.stats);
      await following.done;
      view.end(following.stats, this.#ns);
      if (save !== undefined) writeWhole(save, this.#ns.save());
    } catch (error) {
      view.end(undefined, this.#ns);
      throw asFailure(error, name);
    } finally {
      clearInterval(ticking);
      await server?.close();
      await this.#endRecording();
      this.#ns.close();
      for (const signal of STOP_SIGNALS) process.off(signal, abort);
    }
  }

  #tick(): NodeJS.Timeout {
    let then = performance.now();
    return setInterval(() => {
      const ms = Math.floor(performance.now() - then);
      then += ms;
      this.#ns.advance(ms);
    }, TICK_MS).unref();
  }

  #seen(event: FollowEvent, view: View): void {
    if (event.type === 'part') {
      const { part } = event;
      const ifindex = (link: string): number | undefined =>
        this.#ns.link.list().find((other) => other.name === link)?.index;
      this.#recording?.write(recordPart(part, ifindex));
    } else if (event.type === 'applied') {
      if (!this.#isDumping) view.changes(() => ours(event.changes()));
    } else {
      if (event.type === 'begin') this.#isDumping = !event.isLive;
      if (event.type === 'synced' || event.type === 'resync') this.#isDumping = false;
      view.event(event, this.#ns);
    }
  }

  async #endRecording(): Promise<void> {
    if (this.#recording === undefined) return;
    this.#recording.end();
    await finished(this.#recording);
  }
}

/** The changes that a Netns holds: without those of IPv6. */
function* ours(changes: Iterable<Change>): Generator<Change, void, undefined> {
  for (const change of changes) {
    const family =
      change.kind === 'route' ? change.route.family : change.kind === 'rule' ? change.rule.family : 2;
    if (family === 2) yield change;
  }
}

function say(text: string): void {
  process.stderr.write(`hoptrie: ${text}\n`);
}

/** One line for each change and each event. */
class LineView implements View {
  constructor(readonly ns: Netns) {}

  start(): void {
    // nothing is there yet
  }

  changes(of: () => Iterable<Change>): void {
    let text = '';
    for (const change of of()) text += `${changeLine(change, this.ns)}\n`;
    process.stdout.write(text);
  }

  event(event: Parameters<View['event']>[0], ns: Netns): void {
    print(eventLine(event, ns));
  }

  end(stats: Parameters<View['end']>[0], ns: Netns): void {
    if (stats !== undefined) print(summaryLine(stats, ns));
  }
}

/** One JSON value for each change and each event, one to a line. */
class JsonView implements View {
  start(): void {
    // nothing is there yet
  }

  changes(of: () => Iterable<Change>): void {
    let text = '';
    for (const change of of()) text += `${JSON.stringify({ change }, plain)}\n`;
    process.stdout.write(text);
  }

  event(event: Parameters<View['event']>[0]): void {
    print(JSON.stringify({ event }, plain));
  }

  end(stats: Parameters<View['end']>[0], ns: Netns): void {
    if (stats !== undefined) print(JSON.stringify({ end: { routes: ns.stats().routes, ...stats } }));
  }
}

/** Errors as their words, bytes and order of messages left out, u64 as numbers in text. */
function plain(key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message };
  if (key === 'unknown' || key === 'order' || key === 'unknownMetrics') return undefined;
  return typeof value === 'bigint' ? value.toString() : value;
}

/**
 * feed/mrt.ts - what BGP speakers told a route collector (RouteViews, RIPE RIS), as changes.
 *
 * A collector hears of a prefix from many peers, and a table holds one route for it: the path of the peer that comes
 * first in the file, or of the one that was asked for. While updates come, the paths that were announced are
 * remembered, so that when one is withdrawn the next takes its place, and the route goes with the last.
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { RouteChange } from '../model/change.js';
import type { Part } from '../model/feed.js';
import {
  decodeMrtRecord,
  mrtSplitter,
  pieceRecord,
  type MrtEntry,
  type MrtPeer,
  type MrtPrefix,
} from '../wire/mrt.js';
import type { Counts } from './feed.js';
import { openSource, type Source } from './source.js';

/** What a MRT feed may be told. */
export interface MrtOptions {
  /** Only the paths of this peer: its address, or its AS number. */
  readonly peer?: string | number;
}

/** Changes of a part. */
const PART_CHANGES = 1024;
/** RTPROT_BGP. */
const RTPROT_BGP = 186;
/** State of a BGP session that is up. */
const ESTABLISHED = 6;

/** The records of a file. */
export async function* mrtParts(
  source: Source,
  options: MrtOptions,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const { chunks } = await openSource(source, signal, counts);
  const splitter = mrtSplitter();
  const rib = new Rib(options.peer);
  let timeMs = 0;
  for await (const chunk of chunks) {
    for (const piece of splitter.push(chunk)) {
      counts.messages++;
      const record = pieceRecord(piece);
      timeMs = record.timeMs;
      const entry = decodeMrtRecord(record);
      if (entry === undefined) counts.passedOver++;
      else rib.take(entry);
      if (rib.changes.length >= PART_CHANGES) yield { kind: 'changes', changes: rib.changed(), timeMs };
    }
    if (rib.changes.length > 0) yield { kind: 'changes', changes: rib.changed(), timeMs };
  }
  splitter.end();
}

/** A path that was announced: where its peer stands, and the next hop. */
interface Heard {
  readonly rank: number;
  readonly via: string;
}

/** The routes that follow from what peers told. */
class Rib {
  changes: RouteChange[] = [];
  readonly #peer: string | number | undefined;
  #table: readonly MrtPeer[] = [];
  /** Peers by their address, in the order in which they were met. */
  readonly #ranks = new Map<string, number>();
  /** Paths that updates announced, by prefix, then by peer and path id. */
  readonly #heard = new Map<string, Map<string, Heard>>();

  /** @param peer the only one that counts, if given */
  constructor(peer: string | number | undefined) {
    if (peer !== undefined && typeof peer !== 'string' && typeof peer !== 'number') {
      throw new FibError('EINVAL', 'feed', { detail: 'peer: expected an address or an AS number' });
    }
    this.#peer = peer;
  }

  /** The changes since it was asked last. */
  changed(): RouteChange[] {
    const { changes } = this;
    this.changes = [];
    return changes;
  }

  take(entry: MrtEntry): void {
    if (entry.kind === 'peers') this.#table = entry.peers;
    else if (entry.kind === 'rib') this.#rib(entry);
    else if (!this.#counts(entry.peer)) return;
    else if (entry.kind === 'state') this.#state(entry.peer, entry.state);
    else {
      for (const prefix of entry.withdrawn) this.#withdraw(entry.peer, prefix);
      for (const prefix of entry.announced) this.#announce(entry.peer, prefix);
    }
  }

  #counts(peer: MrtPeer | undefined): boolean {
    return this.#peer === undefined || peer?.address === this.#peer || peer?.as === this.#peer;
  }

  #rib({ family, prefix, paths }: Extract<MrtEntry, { kind: 'rib' }>): void {
    const path = paths.find(({ peer, via }) => via !== undefined && this.#counts(this.#table[peer]));
    if (path?.via !== undefined) this.#put(family, prefix, path.via);
  }

  #announce(peer: MrtPeer, { family, prefix, pathId, via }: MrtPrefix): void {
    if (via === undefined) return;
    let paths = this.#heard.get(prefix);
    if (paths === undefined) this.#heard.set(prefix, (paths = new Map<string, Heard>()));
    paths.set(keyOf(peer, pathId), { rank: this.#rank(peer), via });
    this.#put(family, prefix, best(paths));
  }

  #withdraw(peer: MrtPeer, { family, prefix, pathId }: MrtPrefix): void {
    const paths = this.#heard.get(prefix);
    paths?.delete(keyOf(peer, pathId));
    this.#settle(family, prefix, paths);
  }

  /** The session of a peer went down: nothing that it told counts any more. */
  #state(peer: MrtPeer, state: number): void {
    if (state === ESTABLISHED) return;
    const rank = this.#rank(peer);
    for (const [prefix, paths] of this.#heard) {
      const count = paths.size;
      for (const [key, heard] of paths) if (heard.rank === rank) paths.delete(key);
      if (paths.size < count) {
        this.#settle(prefix.includes(':') ? uapi.AF_INET6 : uapi.AF_INET, prefix, paths);
      }
    }
  }

  /** The next path of a prefix takes over, or its route goes. */
  #settle(family: number, prefix: string, paths: ReadonlyMap<string, Heard> | undefined): void {
    if (paths !== undefined && paths.size > 0) return this.#put(family, prefix, best(paths));
    this.#heard.delete(prefix);
    this.changes.push({ kind: 'route', op: 'del', route: routeOf(family, prefix, []) });
  }

  #put(family: number, prefix: string, via: string): void {
    this.changes.push({ kind: 'route', op: 'replace', route: routeOf(family, prefix, [{ via }]) });
  }

  #rank({ address }: MrtPeer): number {
    const known = this.#ranks.get(address);
    if (known !== undefined) return known;
    this.#ranks.set(address, this.#ranks.size);
    return this.#ranks.size - 1;
  }
}

function keyOf({ address }: MrtPeer, pathId: number | undefined): string {
  return pathId === undefined ? address : `${address} ${pathId}`;
}

/** The next hop of the peer that was met first; of two paths of one peer that which came first. */
function best(paths: ReadonlyMap<string, Heard>): string {
  let found: Heard | undefined;
  for (const heard of paths.values()) if (found === undefined || heard.rank < found.rank) found = heard;
  return found!.via;
}

function routeOf(family: number, dst: string, nexthops: readonly { via: string }[]): RouteChange['route'] {
  return {
    family,
    dst,
    type: 'unicast',
    table: uapi.RT_TABLE_MAIN,
    tos: 0,
    metric: 0,
    protocol: RTPROT_BGP,
    scope: uapi.RT_SCOPE_UNIVERSE,
    flags: 0,
    nexthops,
  };
}

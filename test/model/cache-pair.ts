/**
 * model/cache-pair.ts - a Netns with a route cache, a twin without one, and the model of the cache: what is done to all
 * three, and whether they agree.
 *
 * The twin says what the slow path decides, the model what the cache makes of it. Entries are compared in the memory of
 * the core, chain by chain, so that a hundred thousand steps take seconds.
 */
import assert from 'node:assert/strict';
import * as abi from '../../src/abi/records.js';
import { Netns, type CacheError, type Decision } from '../../src/index.js';
import { formatAddress4 } from '../../src/text/address.js';
import { outcome } from '../outcome.js';
import { CacheModel, COUNTERS, type Entry, type Key } from './route-cache.js';
import { DOREDIRECT, ERRNOS, decided, resolveInput, resolveOutput, type Resolved } from './slow-path.js';

/** Bytes of the memory that a cache of so many `entries` takes its machine to have. */
const PAGES = 2 ** 20;
const HZ = 1000;
/** Invalidations that one change may make. */
const INVALIDATIONS_MAX = 200;
const LOG_LINES = 12;

/** What a change is to do to the generation: nothing, at least one step, or a step that frees what expires (RC-26). */
export type Expected = 'nothing' | 'invalidate' | 'purge' | 'anything';

/** An ICMP redirect. */
export interface Redirect {
  readonly from: number;
  readonly dst: number;
  readonly to: number;
  readonly src: number;
  readonly oif: number;
  readonly isReachable: boolean;
}

/** ICMP messages by errno (RC-110). */
const MESSAGES: Partial<Record<number, CacheError>> = {
  [ERRNOS['EHOSTUNREACH']!]: 'host-unreachable',
  [ERRNOS['ENETUNREACH']!]: 'net-unreachable',
  [ERRNOS['EACCES']!]: 'packet-filtered',
};

/** What came of a question: a decision, or the name of an errno. */
type Outcome = Decision | string;

export class CachePair {
  readonly ns: Netns;
  readonly twin: Netns;
  readonly model: CacheModel;
  bypassed = 0;
  readonly #log: unknown[][] = [];
  /** Decisions of the model's entries, by serial. */
  readonly #decisions = new WeakMap<Entry, Outcome>();
  readonly #handles = new WeakMap<Entry, number>();

  constructor(entries: number, seed: number) {
    this.ns = Netns.create({ routeCache: { entries, seed }, hz: HZ });
    this.twin = Netns.create({ hz: HZ });
    this.model = new CacheModel({ buckets: entries, hz: HZ, pages: PAGES, seed });
  }

  #note(...what: unknown[]): void {
    this.#log.push(what);
    if (this.#log.length > LOG_LINES) this.#log.shift();
  }

  /** What was done last, for whoever looks for the reason of a difference. */
  get story(): string {
    const text = (part: unknown): string =>
      typeof part === 'function' ? String(part) : JSON.stringify(part);
    return this.#log.map((what) => what.map(text).join(' ')).join('\n');
  }

  /** Does the same to both Netns; the first one's cache must notice as the rules say. */
  change(expected: Expected, run: (ns: Netns) => void): string {
    const said = outcome(() => run(this.twin));
    this.#note('change', run, said);
    assert.equal(
      outcome(() => run(this.ns)),
      said,
    );
    this.#follow(said === 'ok' ? expected : 'anything');
    return said;
  }

  /** Takes the model's genid where the cache's is, by whole steps of chance. */
  #follow(expected: Expected): void {
    const { genid } = this.ns.cache;
    let steps = 0;
    for (; this.model.genid !== genid && steps < INVALIDATIONS_MAX; steps++) this.model.invalidate();
    assert.equal(this.model.genid, genid, 'the generation went on in steps of chance');
    if (expected === 'nothing') assert.equal(steps, 0, 'no reason to invalidate');
    else if (expected !== 'anything') assert.ok(steps > 0, 'an invalidation');
    if (expected === 'purge') this.model.purge();
  }

  // ---- lookups

  /** Asks both sides; they must say the same. */
  ask(key: Key): Outcome {
    const expected = this.#expect(key);
    const { dst, src, tos, oif, iif, mark } = key;
    const said = decided(() =>
      iif === 0
        ? this.ns.route.output({ dst, src, tos, oif, mark })
        : this.ns.route.input({ dst, src, tos, iif, mark }),
    );
    this.#note('ask', key, said);
    assert.deepEqual(said, expected);
    return said;
  }

  #expect(key: Key): Outcome {
    const { model } = this;
    const resolve = (): Resolved => (key.iif === 0 ? resolveOutput : resolveInput)(this.twin, key);
    if ((key.tos & ~0x1c) !== 0) return this.#bypass(resolve());
    const hit = model.isCaching ? model.find(key) : undefined;
    if (hit !== undefined) {
      model.finish(hit);
      return this.#decisions.get(hit)!;
    }
    const { before, after, draft, decision, refusal } = resolve();
    for (const name of before) model.counters[name]++;
    if (draft === undefined) return refusal!;
    const isSoftirq = key.iif !== 0;
    const fresh = model.alloc(draft, isSoftirq);
    if (fresh === undefined) return 'ENOBUFS';
    for (const name of after) model.counters[name]++;
    const entry = model.intern(fresh, isSoftirq);
    if (entry === undefined) return 'ENOBUFS';
    if (entry === fresh) this.#decisions.set(entry, decision ?? refusal!);
    model.finish(entry);
    return this.#decisions.get(entry)!;
  }

  /** D14: a flow that keys cannot tell apart. */
  #bypass({ before, after, draft, decision, refusal }: Resolved): Outcome {
    this.bypassed++;
    for (const name of before) this.model.counters[name]++;
    if (draft !== undefined) for (const name of after) this.model.counters[name]++;
    return decision ?? refusal!;
  }

  // ---- entries

  /** Entries of the model that have a handle. */
  get live(): Entry[] {
    return [...this.model.chains.flat(), ...this.model.garbage];
  }

  handle(entry: Entry): number {
    return this.#handles.get(entry)!;
  }

  hold(entry: Entry): void {
    this.#note('hold', entry.serial);
    this.ns.cache.hold(this.handle(entry));
    this.model.hold(entry);
  }

  use(entry: Entry): void {
    this.#note('use', entry.serial);
    this.ns.cache.use(this.handle(entry));
    this.model.use(entry);
  }

  release(entry: Entry): void {
    this.#note('release', entry.serial);
    this.ns.cache.release(this.handle(entry));
    this.model.release(entry);
  }

  /** Time passes on all sides. */
  advance(ms: number): void {
    this.#note('advance', ms);
    this.twin.advance(ms);
    this.ns.advance(ms);
    this.model.advance((ms * HZ) / 1000);
  }

  // ---- what is learned

  /** RC-107, RC-108. */
  redirect({ from, dst, to, src, oif, isReachable }: Redirect): void {
    this.#note('redirect', { from, dst, to, src, oif, isReachable });
    const copies = this.#acceptsRedirect(from, to, oif)
      ? this.model.redirect(from, dst, to, src, oif, isReachable)
      : [];
    for (const [old, copy] of copies) {
      const decision = this.#decisions.get(old)!;
      this.#decisions.set(
        copy,
        typeof decision === 'string' ? decision : { ...decision, via: formatAddress4(to) },
      );
    }
    const text = { from, dst, gateway: to, src };
    const said = this.ns.cache.redirect({ ...textual(text), dev: oif, isReachable });
    assert.equal(said, copies.length, 'redirected');
  }

  /** RC-107, for devices that share their medium. */
  #acceptsRedirect(from: number, to: number, oif: number): boolean {
    const { sysctl } = this.twin;
    const name = this.twin.link.list().find(({ index }) => index === oif)!.name;
    const accepts = ['all', name].map((scope) => sysctl.get(`net.ipv4.conf.${scope}.accept_redirects`) !== 0);
    const isRouter = sysctl.get(`net.ipv4.conf.${name}.forwarding`) !== 0;
    if (!(isRouter ? accepts.every(Boolean) : accepts.some(Boolean))) return false;
    const type = this.twin.tryLookup({ dst: to, table: 'local' })?.type ?? 'unicast';
    return from !== to && this.model.isCaching && type === 'unicast';
  }

  /** RC-111. */
  fragNeeded(dst: number, src: number, oif: number, mtu: number, length: number): void {
    this.#note('fragNeeded', { dst, src, oif, mtu, length });
    const learned = this.model.fragmentationNeeded(dst, src, oif, mtu, length);
    const said = this.ns.cache.fragNeeded({ ...textual({ dst, src }), mtu, length, dev: oif });
    assert.equal(said, learned, 'path MTU');
  }

  /** RC-112. */
  updateMtu(entry: Entry, mtu: number): void {
    this.#note('updateMtu', entry.serial, mtu);
    this.model.updateMtu(entry, mtu);
    this.ns.cache.updatePmtu(this.handle(entry), mtu);
  }

  /** RC-115. */
  linkFailure(entry: Entry): void {
    this.#note('linkFailure', entry.serial);
    this.model.linkFailure(entry);
    this.ns.cache.linkFailure(this.handle(entry));
  }

  /** RC-114. */
  mayGoOn(entry: Entry): boolean {
    this.#note('mayGoOn', entry.serial);
    const said = this.ns.cache.negativeAdvice(this.handle(entry));
    assert.equal(said, !this.model.negativeAdvice(entry), 'negativeAdvice');
    return said;
  }

  /** RC-109. */
  sendRedirect(entry: Entry): void {
    this.#note('sendRedirect', entry.serial);
    const isDue = (entry.flags & DOREDIRECT) !== 0 && this.model.sendsRedirect(entry);
    const said = this.ns.cache.sendRedirect(this.handle(entry));
    assert.equal(said, isDue ? formatAddress4(entry.gateway) : undefined, 'sendRedirect');
  }

  /** RC-110: other errors are dropped in silence. */
  sendError(entry: Entry): void {
    this.#note('sendError', entry.serial);
    const message = MESSAGES[entry.error];
    const isDue = message !== undefined && this.model.sendsError(entry);
    assert.equal(this.ns.cache.sendError(this.handle(entry)), isDue ? message : undefined, 'sendError');
  }

  // ---- comparing

  /** Throws where the cache and its model differ. */
  compare(): void {
    const { model, ns } = this;
    const counters = ns.cache.counters();
    for (const name of COUNTERS) assert.equal(counters[name], model.counters[name] >>> 0, name);
    assert.equal(counters.entries, model.count, 'entries');
    assert.equal(counters.bypassed, this.bypassed, 'bypassed');
    assert.equal(ns.cache.genid, model.genid, 'genid');
    assert.equal(ns.cache.rebuilds, model.rebuilds, 'rebuilds');
    this.#addresses().forEach((chain, bucket) => {
      const expected = model.chains[bucket]!;
      if (chain.length !== expected.length) assert.fail(this.#difference(chain, expected, bucket));
      chain.forEach((at, i) => this.#compareEntry(at, expected[i]!, `entry ${i} of chain ${bucket}`));
    });
    const garbage = this.#chain(this.#cacheWord(abi.RTC_GARBAGE));
    assert.equal(garbage.length, model.garbage.length, 'garbage');
    [...model.garbage]
      .reverse()
      .forEach((entry, i) => this.#compareEntry(garbage[i]!, entry, `garbage ${i}`));
    this.#compareState();
  }

  /** Both forms of a chain, as destination, flags and lookups of each entry. */
  #difference(chain: readonly number[], expected: readonly Entry[], bucket: number): string {
    const { u32 } = this.ns.core;
    const text = (dst: number, flags: number, use: number): string =>
      `${formatAddress4(dst)} ${flags.toString(16)} x${use}`;
    const is = chain.map((at) =>
      text(
        u32[(at + abi.ENTRY_DST) / 4]!,
        u32[(u32[(at + abi.ENTRY_DETAIL) / 4]! + abi.DETAIL_FLAGS) / 4]!,
        u32[(at + abi.ENTRY_USE) / 4]!,
      ),
    );
    const should = expected.map(({ key, flags, use }) => text(key.dst, flags, use));
    return `chain ${bucket}: ${is.join(', ')}; expected ${should.join(', ')}`;
  }

  #compareState(): void {
    const { model } = this;
    const at = this.#word(abi.STATE_CACHE);
    const tick = (field: number): number => this.ns.core.view.getFloat64(at + field, true);
    assert.equal(this.#cacheWord(abi.RTC_CHAIN_MAX), model.chainMax, 'chainMax');
    assert.equal(this.#cacheWord(abi.RTC_ROVER), model.gcRover, 'rover');
    assert.equal(this.#cacheWord(abi.RTC_SCANNED), model.scanRover, 'scanned');
    assert.equal(tick(abi.RTC_EQUILIBRIUM), model.equilibrium, 'equilibrium');
    assert.equal(tick(abi.RTC_EXPIRE), model.expire, 'expire');
    assert.equal(tick(abi.RTC_LAST_GC), model.lastGc, 'lastGc');
    assert.equal(tick(abi.RTC_NEXT_SCAN), model.nextScan, 'nextScan');
    assert.equal(tick(abi.RTC_NEXT_SECRET), model.nextRebuild, 'nextSecret');
    assert.equal(tick(abi.RTC_NEXT_GARBAGE), model.nextSweep, 'nextGarbage');
  }

  #compareEntry(at: number, entry: Entry, what: string): void {
    const { u8, u32, view } = this.ns.core;
    const word = (address: number): number => u32[address >>> 2]!;
    const detail = word(at + abi.ENTRY_DETAIL);
    const is = (field: string, actual: number, expected: number): void => {
      if (actual !== expected) assert.fail(`${field} of ${what}: ${actual}, expected ${expected}`);
    };
    const { key } = entry;
    is('dst', word(at + abi.ENTRY_DST), key.dst);
    is('src', word(at + abi.ENTRY_SRC), key.src);
    const tos = u8[at + abi.ENTRY_TOS]!;
    const isInput = (tos & abi.ENTRY_INPUT_KEY) !== 0;
    is('iif', isInput ? word(at + abi.ENTRY_INDEX) : 0, key.iif);
    is('oif', isInput ? 0 : word(at + abi.ENTRY_INDEX), key.oif);
    is('mark', word(at + abi.ENTRY_MARK), key.mark);
    is('tos', tos & ~abi.ENTRY_INPUT_KEY, key.tos);
    is('genid', word(at + abi.ENTRY_GENID), entry.genid);
    is('type', u8[at + abi.ENTRY_TYPE]!, entry.type);
    is('flags', word(detail + abi.DETAIL_FLAGS), entry.flags);
    is('specDst', word(detail + abi.DETAIL_SPEC_DST), entry.specDst);
    is('error', u8[at + abi.ENTRY_ERROR]!, entry.error);
    is('rtDst', word(detail + abi.DETAIL_RT_DST), entry.dst);
    is('rtSrc', word(detail + abi.DETAIL_RT_SRC), entry.src);
    is('gateway', word(detail + abi.DETAIL_GATEWAY), entry.gateway);
    is('device', word(at + abi.ENTRY_DEVICE), entry.oif);
    is('refs', word(detail + abi.DETAIL_REFS), entry.refs);
    is('use', word(at + abi.ENTRY_USE), entry.use);
    is('obsolete', u8[at + abi.ENTRY_OBSOLETE]!, entry.obsolete);
    is('lastuse', view.getFloat64(at + abi.ENTRY_LASTUSE, true), entry.lastUse);
    is('expires', view.getFloat64(detail + abi.DETAIL_EXPIRES, true), entry.expires);
    is('rateLast', view.getFloat64(detail + abi.DETAIL_RATE_LAST, true), entry.rateLast);
    is('rateTokens', view.getFloat64(detail + abi.DETAIL_RATE_TOKENS, true), entry.tokens);
    is('neighbour', Number(word(detail + abi.DETAIL_NEIGHBOUR) !== 0), Number(entry.hasNeighbour));
    if (entry.error === 0) is('mtu', word(detail + abi.DETAIL_METRICS + 4), entry.mtu);
    this.#handles.set(entry, word(at + abi.ENTRY_SERIAL) * 2 ** abi.SLOT_BITS + word(at + abi.ENTRY_SLOT));
  }

  #word(at: number): number {
    return this.ns.core.u32[at >>> 2]!;
  }

  #cacheWord(field: number): number {
    return this.#word(this.#word(abi.STATE_CACHE) + field);
  }

  /** Addresses of the entries of each chain. */
  #addresses(): number[][] {
    const buckets = this.#cacheWord(abi.RTC_BUCKETS);
    return this.model.chains.map((_, i) => this.#chain(this.#word(buckets + 4 * i)));
  }

  #chain(at: number): number[] {
    const chain: number[] = [];
    for (; at !== 0; at = this.#word(at + abi.ENTRY_NEXT)) chain.push(at);
    return chain;
  }
}

/** Addresses as text. */
function textual<K extends string>(addresses: Record<K, number>): Record<K, string> {
  const entries = Object.entries<number>(addresses).map(([name, address]) => [name, formatAddress4(address)]);
  return Object.fromEntries(entries) as Record<K, string>;
}

/**
 * model/route-cache.ts - the route cache as plain objects in arrays: slow and obviously right (RC-1..135).
 *
 * What the slow path decides comes from outside, as a draft of an entry; what chance says, too. Here are chains, counters,
 * references, collection, scans, timers and what is learned. Times are ticks.
 */

/** What a question is compared by (RC-30, RC-32, RC-37). */
export interface Key {
  readonly dst: number;
  readonly src: number;
  readonly tos: number;
  readonly oif: number;
  readonly iif: number;
  readonly mark: number;
}

/** What the slow path makes of a question. */
export interface Draft {
  readonly key: Key;
  readonly flags: number;
  readonly type: number;
  /** What was resolved (RC-3). */
  readonly dst: number;
  readonly src: number;
  readonly gateway: number;
  readonly oif: number;
  readonly specDst: number;
  /** Positive errno of a refusal that is kept (RC-76), 0 for none. */
  readonly error: number;
  readonly mtu: number;
  readonly isMtuLocked: boolean;
}

/** An entry: a draft with its life. */
export interface Entry extends Draft {
  readonly serial: number;
  gateway: number;
  flags: number;
  mtu: number;
  isMtuLocked: boolean;
  genid: number;
  obsolete: number;
  expires: number;
  refs: number;
  use: number;
  lastUse: number;
  tokens: number;
  rateLast: number;
  /** False while it stands in no chain. */
  isHashed: boolean;
  hasNeighbour: boolean;
}

/** The counters in stored order (RC-117). */
export const COUNTERS = [
  'in_hit',
  'in_slow_tot',
  'in_slow_mc',
  'in_no_route',
  'in_brd',
  'in_martian_dst',
  'in_martian_src',
  'out_hit',
  'out_slow_tot',
  'out_slow_mc',
  'gc_total',
  'gc_ignored',
  'gc_goal_miss',
  'gc_dst_overflow',
  'in_hlist_search',
  'out_hlist_search',
] as const;
export type Counter = (typeof COUNTERS)[number];

/** The sysctls of section 16, times in ticks. */
export interface Limits {
  gcThresh: number;
  maxSize: number;
  gcMinInterval: number;
  gcTimeout: number;
  gcInterval: number;
  gcElasticity: number;
  redirectLoad: number;
  redirectNumber: number;
  redirectSilence: number;
  errorCost: number;
  errorBurst: number;
  mtuExpires: number;
  minPmtu: number;
  secretInterval: number;
  rebuildCount: number;
}

/** The defaults of section 16. */
function defaultLimits(buckets: number, hz: number): Limits {
  const load = Math.floor(hz / 50);
  return {
    gcThresh: buckets,
    maxSize: 16 * buckets,
    gcMinInterval: hz / 2,
    gcTimeout: 300 * hz,
    gcInterval: 60 * hz,
    gcElasticity: 8,
    redirectLoad: load,
    redirectNumber: 9,
    redirectSilence: load << 10,
    errorCost: hz,
    errorBurst: 5 * hz,
    mtuExpires: 600 * hz,
    minPmtu: 552,
    secretInterval: 600 * hz,
    rebuildCount: 4,
  };
}

const REDIRECTED = 0x00040000;
const NOTIFY = 0x00010000;
export const BROADCAST = 0x10000000;
export const MULTICAST = 0x20000000;
export const LOCAL = 0x80000000;
const UNICAST = 1;

const GOLDEN = 0x9e3779b9;
/** What is tried below a packet that did not fit (RC-111). */
const PLATEAUS = [32000, 17914, 8166, 4352, 2002, 1492, 576, 296, 216, 128, 68];
const CHAIN_MAX = 20;
/** An entry's weight in the statistics of chains, 3 bits of fraction (RC-61). */
const ONE = 8;

/** A 32-bit address as little-endian hosts read the word in network order (RC-17). */
function swapped(a: number): number {
  return ((a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24)) >>> 0;
}

/** RC-18, RC-19. */
export function jhash3(dst: number, src: number, index: number, init: number): number {
  let a = (dst + GOLDEN) | 0;
  let b = (src + GOLDEN) | 0;
  let c = (index + init) | 0;
  a = ((a - b - c) | 0) ^ (c >>> 13);
  b = ((b - c - a) | 0) ^ (a << 8);
  c = ((c - a - b) | 0) ^ (b >>> 13);
  a = ((a - b - c) | 0) ^ (c >>> 12);
  b = ((b - c - a) | 0) ^ (a << 16);
  c = ((c - a - b) | 0) ^ (b >>> 5);
  a = ((a - b - c) | 0) ^ (c >>> 3);
  b = ((b - c - a) | 0) ^ (a << 10);
  c = ((c - a - b) | 0) ^ (b >>> 15);
  return c >>> 0;
}

/** RC-39: what is worth keeping has a high score. */
export function score(entry: Entry, now: number): number {
  let bits = ~(now - entry.lastUse) & 0x3fffffff;
  if (isValuable(entry)) bits |= 1 << 31;
  if (entry.key.iif === 0 || (entry.flags & (BROADCAST | MULTICAST | LOCAL)) === 0) bits |= 1 << 30;
  return bits >>> 0;
}

/** RC-44. */
function isValuable({ flags, expires }: Entry): boolean {
  return (flags & (REDIRECTED | NOTIFY)) !== 0 || expires !== 0;
}

function isSame(a: Key, b: Key): boolean {
  return (
    a.dst === b.dst &&
    a.src === b.src &&
    a.tos === b.tos &&
    a.oif === b.oif &&
    a.iif === b.iif &&
    a.mark === b.mark
  );
}

/** RC-113: the earlier end wins. */
export function setExpires(entry: Entry, now: number, timeout: number): void {
  const expires = now + timeout || 1;
  if (entry.expires === 0 || expires < entry.expires) entry.expires = expires;
}

/** RC-111: the next plateau below. */
export function guessMtu(old: number): number {
  return PLATEAUS.find((plateau) => plateau < old) ?? 68;
}

/** The sequence of chance that assembly/generation.ts promises: a counter in steps of the golden ratio, mixed. */
export class Draws {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  draw(): number {
    this.#state = (this.#state + GOLDEN) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  }
}

/** What a model is made with. */
export interface Start {
  readonly buckets: number;
  readonly hz: number;
  /** Physical pages of the machine (RC-23). */
  readonly pages: number;
  readonly seed: number;
}

/** The cache of one namespace. */
export class CacheModel {
  readonly limits: Limits;
  readonly counters = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;
  /** Chains, the head first. */
  readonly chains: Entry[][];
  readonly garbage: Entry[] = [];
  /** Most neighbours: a new one beyond them is ENOBUFS (RC-42). */
  neighbourBound = Infinity;
  now = 0;
  genid: number;
  /** Entries that live, hashed or not (RC-106). */
  count = 0;
  rebuilds = 0;
  chainMax = CHAIN_MAX;
  equilibrium = 0;
  expire: number;
  lastGc = 0;
  gcRover = 0;
  scanRover = 0;
  lastScan = 0;
  nextScan: number;
  nextRebuild: number;
  nextSweep = Infinity;
  #sweepDelay = 0;
  #sweepStep = 0;
  #serial = 0;
  readonly #hz: number;
  readonly #draws: Draws;

  constructor({ buckets, hz, pages, seed }: Start) {
    this.#hz = hz;
    this.#draws = new Draws(seed);
    this.limits = defaultLimits(buckets, hz);
    this.chains = Array.from({ length: buckets }, () => []);
    this.genid = (pages ^ (pages >>> 8)) >>> 0; // RC-23 at tick 0
    this.expire = 300 * hz;
    const { gcInterval, secretInterval } = this.limits;
    this.nextScan = gcInterval + (this.#draws.draw() % gcInterval);
    this.nextRebuild = secretInterval + (this.#draws.draw() % secretInterval);
  }

  /** RC-29. */
  get isCaching(): boolean {
    return this.rebuilds <= this.limits.rebuildCount;
  }

  bucket({ dst, src, iif, oif }: Key): number {
    return jhash3(swapped(dst), swapped(src), iif === 0 ? oif : iif, this.genid) & (this.chains.length - 1);
  }

  isExpired(entry: Entry): boolean {
    return entry.genid !== this.genid;
  }

  // ---- lookup

  /** RC-30..34: the entry for a question; a hit is counted and is a reference. */
  find(key: Key): Entry | undefined {
    const way = key.iif === 0 ? 'out' : 'in';
    for (const entry of this.chains[this.bucket(key)]!) {
      if (isSame(entry.key, key) && !this.isExpired(entry)) {
        this.#use(entry);
        this.counters[`${way}_hit`]++;
        return entry;
      }
      this.counters[`${way}_hlist_search`]++;
    }
    return undefined;
  }

  /** RC-101. */
  #use(entry: Entry): void {
    entry.refs++;
    entry.use++;
    entry.lastUse = this.now;
  }

  hold(entry: Entry): void {
    entry.refs++;
  }

  use(entry: Entry): void {
    this.#use(entry);
  }

  release(entry: Entry): void {
    if (entry.refs > 0) entry.refs--;
  }

  /** A lookup is over: nobody holds its entry any more, and one that is in no chain goes (RC-36). */
  finish(entry: Entry): void {
    this.release(entry);
    if (!entry.isHashed && entry.obsolete === 0) this.#free(entry);
  }

  // ---- insertion

  /** A new entry with one reference, or undefined when collection made no room (RC-55). */
  alloc(draft: Draft, isSoftirq: boolean): Entry | undefined {
    if (this.count > this.limits.gcThresh && !this.collect(isSoftirq)) return undefined;
    this.count++;
    return {
      ...draft,
      serial: ++this.#serial,
      genid: this.genid,
      obsolete: 0,
      expires: 0,
      refs: 1,
      use: 0,
      lastUse: this.now,
      tokens: 0,
      rateLast: 0,
      isHashed: false,
      hasNeighbour: false,
    };
  }

  /** RC-36..43: the entry to use in place of a new one, or undefined: ENOBUFS. */
  intern(entry: Entry, isSoftirq: boolean): Entry | undefined {
    if (!this.isCaching) return this.#bind(entry) ? entry : undefined;
    const bucket = this.bucket(entry.key);
    for (let mayCollect = !isSoftirq; ; mayCollect = false) {
      const twin = this.#walk(bucket, entry.key);
      if (twin !== undefined) {
        this.#use(twin);
        this.#drop(entry);
        return twin;
      }
      if (this.#hasRoomForNeighbour(entry)) break;
      if (!mayCollect) break;
      this.#collectHard();
    }
    if (!this.#bind(entry)) return undefined;
    entry.isHashed = true;
    this.chains[bucket]!.unshift(entry);
    return entry;
  }

  /** RC-37..40: an entry with equal keys, brought to the head; else room is made for one more. */
  #walk(bucket: number, key: Key): Entry | undefined {
    const chain = this.chains[bucket]!;
    let candidate: Entry | undefined;
    let length = 0;
    for (const entry of [...chain]) {
      if (this.isExpired(entry)) {
        this.#unlink(entry, bucket);
        continue;
      }
      if (isSame(entry.key, key)) {
        chain.splice(chain.indexOf(entry), 1);
        chain.unshift(entry);
        return entry;
      }
      length++;
      if (entry.refs > 0) continue;
      if (candidate === undefined || score(entry, this.now) <= score(candidate, this.now)) candidate = entry;
    }
    if (candidate !== undefined) {
      if (length > this.limits.gcElasticity) this.#unlink(candidate, bucket);
    } else if (length > this.chainMax) this.#emergency();
    return undefined;
  }

  /** RC-28, RC-29. */
  #emergency(): void {
    this.rebuilds++;
    this.invalidate();
    this.nextRebuild += this.limits.secretInterval;
  }

  // ---- neighbours

  /** RC-42. */
  #needsNeighbour({ type, key }: Entry): boolean {
    return type === UNICAST || key.iif === 0;
  }

  /** The neighbours that entries hold. */
  get neighbours(): Set<string> {
    const held = [...this.chains.flat(), ...this.garbage].filter(({ hasNeighbour }) => hasNeighbour);
    return new Set(held.map(({ oif, gateway }) => `${oif} ${gateway}`));
  }

  #hasRoomForNeighbour(entry: Entry): boolean {
    if (this.neighbourBound === Infinity || !this.#needsNeighbour(entry)) return true;
    const { neighbours } = this;
    return neighbours.has(`${entry.oif} ${entry.gateway}`) || neighbours.size < this.neighbourBound;
  }

  /** Gives an entry its neighbour, or drops it. */
  #bind(entry: Entry): boolean {
    const hasRoom = this.#hasRoomForNeighbour(entry);
    entry.hasNeighbour = hasRoom && this.#needsNeighbour(entry);
    if (!hasRoom) this.#drop(entry);
    return hasRoom;
  }

  /** RC-42: collection with elasticity 1 and no least interval. */
  #collectHard(): void {
    const { gcElasticity, gcMinInterval } = this.limits;
    Object.assign(this.limits, { gcElasticity: 1, gcMinInterval: 0 });
    this.collect(false);
    Object.assign(this.limits, { gcElasticity, gcMinInterval });
  }

  // ---- freeing

  /** An entry that was never hashed goes. */
  #drop(entry: Entry): void {
    entry.refs = 0;
    this.#destroy(entry);
  }

  #destroy(entry: Entry): void {
    entry.obsolete = 2;
    entry.hasNeighbour = false;
    this.count--;
  }

  #unlink(entry: Entry, bucket: number): void {
    const chain = this.chains[bucket]!;
    chain.splice(chain.indexOf(entry), 1);
    entry.isHashed = false;
    this.#free(entry);
  }

  /** RC-102: at once, or when nobody holds it any more. */
  #free(entry: Entry): void {
    if (entry.refs === 0) {
      this.#destroy(entry);
      return;
    }
    entry.obsolete = 2;
    this.garbage.push(entry);
    if (this.nextSweep !== Infinity) return;
    this.#sweepDelay = this.#hz / 10;
    this.#sweepStep = this.#hz / 2;
    this.nextSweep = this.now + this.#sweepDelay;
  }

  /** RC-103. */
  #sweep(): void {
    const hz = this.#hz;
    const free = this.garbage.filter(({ refs }) => refs === 0);
    for (const entry of free) {
      this.garbage.splice(this.garbage.indexOf(entry), 1);
      this.#destroy(entry);
    }
    this.nextSweep = Infinity;
    if (this.garbage.length === 0) return;
    if (free.length <= Math.floor(this.garbage.length / 10)) {
      this.#sweepDelay = Math.min(120 * hz, this.#sweepDelay + this.#sweepStep);
      this.#sweepStep += hz / 2;
    } else {
      this.#sweepDelay = hz / 10;
      this.#sweepStep = hz / 2;
    }
    const delay = this.#sweepDelay > 4 * hz ? Math.round(this.#sweepDelay / hz) * hz : this.#sweepDelay;
    this.nextSweep = this.now + delay;
  }

  /** RC-46. */
  #mayExpire(entry: Entry, soon: number, late: number, hasNext: boolean): boolean {
    if (entry.refs !== 0) return false;
    if (entry.expires !== 0 && this.now >= entry.expires) return true;
    const age = this.now - entry.lastUse;
    // RC-45: what a broadcast left goes first, but for the last of a chain.
    const isFast = (entry.flags & (BROADCAST | MULTICAST)) !== 0 && entry.key.iif !== 0 && hasNext;
    if (age <= soon && !isFast) return false;
    return !(age <= late && isValuable(entry));
  }

  /** RC-47. */
  delete(entry: Entry): void {
    this.release(entry);
    const bucket = this.chains.findIndex((chain) => chain.includes(entry));
    if (bucket < 0) return;
    for (const other of [...this.chains[bucket]!])
      if (other === entry || this.isExpired(other)) this.#unlink(other, bucket);
  }

  // ---- generations

  /** RC-24. */
  invalidate(): void {
    this.genid = (this.genid + 1 + (this.#draws.draw() & 0xff)) >>> 0;
  }

  /** RC-25. */
  flush(delay: number): void {
    this.invalidate();
    if (delay >= 0) this.purge();
  }

  /** Frees what is expired. */
  purge(): void {
    this.chains.forEach((chain, bucket) => {
      for (const entry of [...chain]) if (this.isExpired(entry)) this.#unlink(entry, bucket);
    });
  }

  // ---- collection on demand

  /** RC-48..57; false: no room. */
  collect(isSoftirq: boolean): boolean {
    const { limits, counters } = this;
    const buckets = this.chains.length;
    const isSoon = this.now - this.lastGc < limits.gcMinInterval;
    counters.gc_total++;
    if (isSoon && this.count < limits.maxSize) {
      counters.gc_ignored++;
      return true;
    }
    let goal = this.count - limits.gcElasticity * buckets;
    if (goal <= 0) {
      this.equilibrium = Math.max(this.equilibrium, limits.gcThresh);
      goal = this.count - this.equilibrium;
      if (goal > 0) {
        this.equilibrium += Math.min(goal >> 1, buckets);
        goal = this.count - this.equilibrium;
      }
    } else {
      goal = Math.max(goal >> 1, buckets);
      this.equilibrium = this.count - goal;
    }
    if (!isSoon) this.lastGc = this.now;
    if (goal <= 0) {
      this.equilibrium += goal;
      return this.#workDone();
    }
    do {
      goal = this.#scanFor(goal);
      if (goal <= 0) return this.#workDone();
      counters.gc_goal_miss++;
      if (this.expire === 0) break;
      this.expire = this.expire >> 1;
      if (this.count < limits.maxSize) return true;
    } while (!isSoftirq); // no time passes in here
    if (this.count < limits.maxSize) return true;
    counters.gc_dst_overflow++;
    return false;
  }

  /** RC-53, RC-56: what is left of a goal after one round. */
  #scanFor(goal: number): number {
    for (let i = 0; i < this.chains.length && goal > 0; i++) {
      this.gcRover = (this.gcRover + 1) % this.chains.length;
      const chain = this.chains[this.gcRover]!;
      let soon = this.expire;
      for (const entry of [...chain]) {
        const hasNext = chain.at(-1) !== entry;
        if (this.isExpired(entry) || this.#mayExpire(entry, soon, this.expire, hasNext)) {
          this.#unlink(entry, this.gcRover);
          goal--;
        } else soon >>= 1;
      }
    }
    return goal;
  }

  /** RC-57. */
  #workDone(): true {
    const { gcMinInterval, gcTimeout, gcThresh } = this.limits;
    this.expire += gcMinInterval;
    if (this.expire > gcTimeout || this.count < gcThresh) this.expire = gcTimeout;
    return true;
  }

  // ---- the clock

  /** Time passes; what is due happens in its order: scan, rebuild, sweep where they are due together. */
  advance(ticks: number): void {
    const end = this.now + ticks;
    for (;;) {
      const next = Math.min(this.nextScan, this.nextRebuild, this.nextSweep);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (this.nextScan === next) this.#scan();
      else if (this.nextRebuild === next) this.#rebuild();
      else this.#sweep();
    }
    this.now = end;
  }

  /** RC-27. */
  #rebuild(): void {
    this.invalidate();
    this.nextRebuild = this.now + this.limits.secretInterval;
  }

  /** RC-27: a new secret interval moves what is to come. */
  setSecretInterval(ticks: number): void {
    const old = this.limits.secretInterval;
    this.limits.secretInterval = ticks;
    if (ticks === 0) this.nextRebuild = Infinity;
    else if (old === 0) this.nextRebuild = this.now + ticks;
    else this.nextRebuild = Math.max(this.now, this.nextRebuild + ticks - old);
  }

  /** RC-58: how many buckets a scan visits. */
  quota(elapsed: number): number {
    const { gcTimeout } = this.limits;
    const whole = elapsed * this.chains.length;
    return Math.min(this.chains.length, gcTimeout > 1 ? Math.floor(whole / gcTimeout) : whole);
  }

  /** RC-58..62. */
  #scan(): void {
    const lengths: number[] = [];
    for (let left = this.quota(this.now - this.lastScan); left > 0; left--) {
      this.scanRover = (this.scanRover + 1) % this.chains.length;
      lengths.push(ONE * this.#scanChain(this.scanRover));
    }
    this.lastScan = this.now;
    this.nextScan = this.now + this.limits.gcInterval;
    if (lengths.length === 0) return;
    const mean = Math.floor(lengths.reduce((sum, n) => sum + n, 0) / lengths.length);
    const square = Math.floor(lengths.reduce((sum, n) => sum + n * n, 0) / lengths.length);
    const deviation = Math.floor(Math.sqrt(square - mean * mean));
    this.chainMax = Math.max(this.limits.gcElasticity, (mean + 4 * deviation) >> 3);
  }

  /** RC-59..61: what stays, as distinct (dst, src, iif). */
  #scanChain(bucket: number): number {
    const chain = this.chains[bucket]!;
    let soon = this.limits.gcTimeout;
    for (const entry of [...chain]) {
      if (this.isExpired(entry) || this.#isOver(entry, soon, chain.at(-1) !== entry)) {
        this.#unlink(entry, bucket);
      } else soon >>= 1;
    }
    return new Set(chain.map(({ key: { dst, src, iif } }) => `${dst} ${src} ${iif}`)).size;
  }

  /** RC-59. */
  #isOver(entry: Entry, soon: number, hasNext: boolean): boolean {
    if (entry.expires !== 0) return this.now > entry.expires;
    return this.#mayExpire(entry, soon, this.limits.gcTimeout, hasNext);
  }

  // ---- what is learned

  /** The output entries that a message from the network may mean, by key: (src or any) x (device or any) (RC-108). */
  *#meant(dst: number, src: number, oif: number): Generator<Entry[], void, undefined> {
    for (const keySrc of new Set([src, 0])) {
      for (const keyOif of new Set([oif, 0])) {
        const key = { dst, src: keySrc, oif: keyOif, iif: 0, tos: 0, mark: 0 };
        yield this.chains[this.bucket(key)]!.filter(
          (entry) =>
            isSame({ ...entry.key, tos: 0, mark: 0 }, key) &&
            !this.isExpired(entry) &&
            entry.dst === dst &&
            entry.src === src,
        );
      }
    }
  }

  /** RC-108: entries that lead to the new gateway now, each beside the one whose place it took. */
  redirect(
    from: number,
    dst: number,
    to: number,
    src: number,
    oif: number,
    isReachable: boolean,
  ): [old: Entry, copy: Entry][] {
    const done: [Entry, Entry][] = [];
    for (const entries of this.#meant(dst, src, oif)) {
      const entry = entries.find((one) => one.error === 0 && one.gateway === from && one.oif === oif);
      if (entry === undefined) continue;
      this.hold(entry);
      const copy = this.alloc(entry, true);
      if (copy === undefined) {
        this.release(entry);
        return done;
      }
      const { mtu, isMtuLocked, expires, tokens, rateLast } = entry;
      const flags = (entry.flags | REDIRECTED) >>> 0;
      Object.assign(copy, { flags, gateway: to, use: 1, mtu, isMtuLocked, expires, tokens, rateLast });
      if (!isReachable || !this.#hasRoomForNeighbour(copy)) {
        this.release(entry);
        this.#drop(copy);
        continue;
      }
      this.delete(entry);
      this.intern(copy, true);
      this.finish(copy);
      done.push([entry, copy]);
    }
    return done;
  }

  /** RC-111: the estimate that is sent on. */
  fragmentationNeeded(
    dst: number,
    src: number,
    oif: number,
    claimed: number,
    old: number,
    header = 20,
  ): number {
    let estimate = 0;
    for (const entries of this.#meant(dst, src, oif)) {
      for (const entry of entries) {
        if (entry.isMtuLocked) continue;
        const hasHeader = claimed === 0 && old >= entry.mtu && old >= 68 + header;
        let mtu = claimed < 68 || claimed >= old ? guessMtu(hasHeader ? old - header : old) : claimed;
        if (mtu > entry.mtu) continue;
        if (mtu < entry.mtu) mtu = this.updateMtu(entry, mtu);
        estimate = mtu;
      }
    }
    return estimate === 0 ? claimed : estimate;
  }

  /** RC-111, RC-112: a smaller MTU is learned for a while. */
  updateMtu(entry: Entry, mtu: number): number {
    if (mtu >= entry.mtu || mtu < 68 || entry.isMtuLocked) return entry.mtu;
    if (mtu < this.limits.minPmtu) {
      mtu = this.limits.minPmtu;
      entry.isMtuLocked = true;
    }
    entry.mtu = mtu;
    setExpires(entry, this.now, this.limits.mtuExpires);
    return mtu;
  }

  /** RC-114: the holder has no answer from where this leads; true: it must look up again. */
  negativeAdvice(entry: Entry): boolean {
    if (entry.obsolete !== 0) {
      this.release(entry);
      return true;
    }
    if ((entry.flags & REDIRECTED) === 0 && entry.expires === 0) return false;
    this.delete(entry);
    return true;
  }

  /** RC-115. */
  linkFailure(entry: Entry): void {
    setExpires(entry, this.now, 0);
  }

  /** RC-109: whether a redirect is sent now. */
  sendsRedirect(entry: Entry): boolean {
    const { redirectLoad, redirectNumber, redirectSilence } = this.limits;
    if (this.now > entry.rateLast + redirectSilence) entry.tokens = 0;
    if (entry.tokens >= redirectNumber) {
      entry.rateLast = this.now;
      return false;
    }
    if (entry.tokens !== 0 && this.now <= entry.rateLast + redirectLoad * 2 ** entry.tokens) return false;
    entry.rateLast = this.now;
    entry.tokens++;
    return true;
  }

  /** RC-110: whether an error is sent now. */
  sendsError(entry: Entry): boolean {
    const { errorCost, errorBurst } = this.limits;
    entry.tokens = Math.min(errorBurst, entry.tokens + this.now - entry.rateLast);
    entry.rateLast = this.now;
    if (entry.tokens < errorCost) return false;
    entry.tokens -= errorCost;
    return true;
  }
}

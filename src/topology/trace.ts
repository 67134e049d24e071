/**
 * topology/trace.ts - where a packet goes, hop by hop, and why it ends: the decisions of each namespace on its way.
 *
 * In the namespace that makes it `ns.route.output` decides, in each later one `ns.route.input`; between two somebody must
 * answer for the next hop's address. Checked in the order of Linux 6.18, by experiment: the route, time to live, size.
 */
import { FibError } from '../errors.js';
import type { Decision, Flow } from '../model/flow.js';
import type { Netns } from '../netns.js';
import { formatAddress4, parseAddress4 } from '../text/address.js';
import { isSilent, type Port, type Wires } from './wires.js';

/** A packet to follow. */
export interface Packet extends Pick<
  Flow,
  'dst' | 'src' | 'oif' | 'tos' | 'mark' | 'uid' | 'ipproto' | 'sport' | 'dport'
> {
  /** Time to live, 1..255; default 64. */
  readonly ttl?: number;
  /** Bytes of the IP packet, default 84: those of a ping. */
  readonly size?: number;
  /** It must not be cut into fragments. */
  readonly df?: boolean;
}

/** How a packet ends. */
export type Outcome =
  | 'delivered'
  | 'sent' // broadcast or multicast, to whom it may concern
  | 'no route'
  | 'unreachable'
  | 'prohibit'
  | 'blackhole'
  | 'forwarding off'
  | 'martian source'
  | 'martian destination'
  | 'reverse path'
  | 'ttl exceeded'
  | 'too big'
  | 'no neighbour'
  | 'link down'
  | 'lost' // out of a device behind which there is nobody
  | 'refused'; // what cannot be sent at all

/** What one namespace did with a packet. */
export interface Hop {
  readonly netns: string;
  /** The interface that it came in on; absent where it was made. */
  readonly iif?: string;
  /** Time to live as it came in, or as it was made. */
  readonly ttl: number;
  readonly action: 'output' | 'forward' | 'deliver' | 'drop';
  /** The route that decided: its table and prefix. */
  readonly table?: number;
  readonly prefix?: string;
  /** The interface that it left through, and the gateway. */
  readonly dev?: string;
  readonly via?: string;
  /** Largest packet that fits the way out. */
  readonly mtu?: number;
  /** It was cut into fragments to fit. */
  readonly isFragmented?: boolean;
  /** The sender would be told of a better gateway, which this is. */
  readonly redirect?: string;
}

/** The ICMP error that the sender would see (RFC 792). */
export interface IcmpError {
  readonly type: number;
  readonly code: number;
  /** Who says it. */
  readonly from: string;
  readonly netns: string;
  /** Next-hop MTU, of "fragmentation needed". */
  readonly mtu?: number;
  /** It finds its way back to the sender. */
  readonly arrives: boolean;
}

/** What became of a packet. */
export interface Trace {
  readonly outcome: Outcome;
  /** The namespace where it ended, or was delivered. */
  readonly netns: string;
  /** In words. */
  readonly why: string;
  readonly src?: string;
  readonly hops: readonly Hop[];
  /** Where it went round in circles: the namespaces of the first round. */
  readonly loop?: readonly string[];
  readonly icmp?: IcmpError;
  /** What the program that sends it is told at once. */
  readonly error?: string;
}

const TTL = 64;
const PING_BYTES = 84;
/** Bytes of the IP and ICMP headers that an error puts in front of what it quotes, and the most that it has. */
const ERROR_HEAD = 28;
const ERROR_MAX = 576;
/** Precedence of errors, and the bits of the quoted packet's tos that they keep. */
const ERROR_TOS = 0xc0;
const KEPT_TOS = 0x1e;
const ICMP = 1;

const UNREACHABLE = 3;
const NET = 0;
const HOST = 1;
const TOO_BIG = 4;
const FILTERED = 13;
const TIME_EXCEEDED = 11;

/** What a refused decision comes to. */
const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['ENETUNREACH', 'no route'],
  ['EHOSTUNREACH', 'unreachable'],
  ['EACCES', 'prohibit'],
] as const);
/** The code of ICMP "unreachable" for outcomes that are told. */
const CODES: Partial<Record<Outcome, number>> = {
  'no route': NET,
  unreachable: HOST,
  prohibit: FILTERED,
  'no neighbour': HOST,
  'link down': HOST,
  'too big': TOO_BIG,
};

/** A packet on its way. */
interface Way extends Omit<Packet, 'src'> {
  readonly from: string;
  readonly dst: string;
  src: string | undefined;
  ttl: number;
  readonly size: number;
  readonly df: boolean;
  readonly hops: Hop[];
  /** Where it was before: the number of the hop. */
  readonly seen: Map<string, number>;
  loop: readonly string[] | undefined;
  /** False for an error, of which no error is told. */
  readonly isTold: boolean;
}

/** Where a packet is: a namespace, and the interface that it came in on. */
interface Place {
  readonly netns: string;
  readonly ns: Netns;
  readonly iif?: { readonly index: number; readonly name: string };
}

/** Follows packets through namespaces. */
export class Tracer {
  readonly #namespaces: ReadonlyMap<string, Netns>;
  readonly #wires: Wires;

  constructor(namespaces: ReadonlyMap<string, Netns>, wires: Wires) {
    this.#namespaces = namespaces;
    this.#wires = wires;
  }

  /**
   * Follows a packet that is made in a namespace. O(hops * what a decision costs): at most 255 hops.
   * @throws {FibError} EINVAL, ENODEV: what no packet can be
   */
  trace(from: string, packet: Packet, isTold = true): Trace {
    const ns = this.#namespaces.get(from)!;
    const { dst, src, ttl = TTL, size = PING_BYTES, df = false } = packet;
    const way: Way = {
      ...packet,
      from,
      dst: addressText(dst),
      src: src === undefined ? undefined : addressText(src),
      ttl: bounded(ttl, 'ttl', 1, 255),
      size: bounded(size, 'size', 20, 65535),
      df,
      hops: [],
      seen: new Map(),
      loop: undefined,
      isTold,
    };
    ns.tryLookup(questionOf(way)); // throws for what cannot be
    let place: Place = { netns: from, ns };
    let decision = this.#output(way, place);
    while (!('outcome' in decision)) {
      const next = this.#leave(way, place, decision);
      if ('outcome' in next) return next;
      place = next;
      decision = this.#arrive(way, place);
    }
    return decision;
  }

  // ---- deciding

  /** Decides where a packet goes that is made here. */
  #output(way: Way, place: Place): Decision | Trace {
    try {
      const decision = place.ns.route.output({ ...questionOf(way), form: 'socket' });
      way.src ??= decision.src;
      const isToAll = decision.isBroadcast || decision.isMulticast;
      return decision.isLocal && !isToAll ? this.#deliver(way, place) : decision;
    } catch (error) {
      const { code } = errorOf(error);
      const isBlackhole = code === 'EINVAL' && isBlackholed(place.ns, questionOf(way));
      const isForeign = way.src !== undefined && place.ns.tryLookup(way.src)?.type !== 'local';
      const outcome = isForeign ? 'refused' : isBlackhole ? 'blackhole' : (OUTCOMES.get(code) ?? 'refused');
      way.hops.push({ netns: place.netns, ttl: way.ttl, action: 'drop' });
      return { ...this.#end(way, place, outcome), error: code };
    }
  }

  /** Decides what becomes of a packet that came in. */
  #arrive(way: Way, place: Place): Decision | Trace {
    const flow = { ...arrivedOf(way), iif: place.iif!.index };
    let decision: Decision;
    try {
      decision = place.ns.route.input({ ...flow, form: 'packet' });
    } catch (error) {
      const outcome = this.#refusal(errorOf(error).code, place, flow);
      return this.#drop(way, place, outcome, isForwarding(place));
    }
    if (decision.isLocal) return this.#deliver(way, place);
    if (way.ttl <= 1) return this.#drop(way, place, 'ttl exceeded', true);
    this.#noteLoop(way, place);
    return decision;
  }

  /** Why a packet that came in is refused. */
  #refusal(code: string, place: Place, flow: Flow): Outcome {
    const outcome = OUTCOMES.get(code);
    if (outcome === 'unreachable' && !isForwarding(place)) return 'forwarding off';
    if (outcome !== undefined) return outcome;
    if (isBlackholed(place.ns, flow)) return 'blackhole';
    if (isOdd(flow.dst as string)) return 'martian destination';
    const source = flow.src as string;
    const type = place.ns.tryLookup(source)?.type;
    if (isOdd(source) || type === 'local' || type === 'broadcast') return 'martian source';
    const isFiltering =
      Math.max(conf(place, 'all', 'rp_filter'), conf(place, place.iif!.name, 'rp_filter')) > 0;
    return isFiltering ? 'reverse path' : 'martian source';
  }

  // ---- going on

  /** Sends a packet out: to whom it comes, or how it ends. */
  #leave(way: Way, place: Place, decision: Decision): Place | Trace {
    const { iif } = place;
    const { dev, via, table, prefix, isRedirect } = decision;
    const mtu = mtuOf(place.ns, decision);
    const isTooBig = way.size > mtu;
    const hop: Hop = {
      ...hopOf(place, way),
      action: iif === undefined ? 'output' : 'forward',
      ...(prefix !== undefined && { table, prefix }),
      dev,
      ...(via !== undefined && { via }),
      mtu,
      ...(isTooBig && !way.df && { isFragmented: true }),
      ...(iif !== undefined && isRedirect && { redirect: via ?? way.dst }),
    };
    if (isTooBig && way.df) {
      way.hops.push({ ...hop, action: 'drop' });
      if (iif === undefined) return { ...this.#end(way, place, 'too big'), error: 'EMSGSIZE' };
      return this.#end(way, place, 'too big', this.#icmp(way, place, UNREACHABLE, TOO_BIG, mtu));
    }
    way.hops.push(hop);
    if (decision.isBroadcast || decision.isMulticast) return this.#end(way, place, 'sent');
    if (iif !== undefined) way.ttl--;
    const next = this.#neighbour(way, place, decision);
    if (typeof next !== 'string') return this.#placeOf(next);
    const isTold = CODES[next] !== undefined;
    return this.#end(
      way,
      place,
      next,
      isTold ? this.#icmp(way, place, UNREACHABLE, CODES[next]!) : undefined,
    );
  }

  /** Who takes the packet from the link: whoever answers for the address of the next hop. */
  #neighbour(way: Way, { netns, ns, iif }: Place, { oif, via = way.dst }: Decision): Port | Outcome {
    const port = { netns, index: oif };
    const device = this.#wires.device(port);
    if (device === undefined || !device.isUp) return 'link down';
    const hearers = this.#wires.hearers(port);
    if (isSilent(device)) return hearers[0] ?? 'lost';
    if (!device.hasCarrier) return 'link down';
    if (via.includes(':')) return hearers.length === 1 ? hearers[0]! : 'no neighbour'; // no IPv6 addresses are kept
    const asker = iif === undefined ? way.src : askerOf(ns, via, oif);
    return hearers.find((hearer) => this.#answers(hearer, via, asker)) ?? 'no neighbour';
  }

  /** True if an interface answers a question for an address: a packet to it from there would be delivered. */
  #answers({ netns, index }: Port, address: string, asker: string | undefined): boolean {
    const ns = this.#namespaces.get(netns)!;
    if (asker === undefined) return ns.tryLookup(address)?.type === 'local';
    try {
      return ns.route.input({ dst: address, src: asker, iif: index }).isLocal;
    } catch {
      return false;
    }
  }

  #placeOf({ netns, index }: Port): Place {
    const ns = this.#namespaces.get(netns)!;
    return { netns, ns, iif: { index, name: ns.link.device(index)!.name } };
  }

  /** Notes the first time that a packet comes to where it was. */
  #noteLoop(way: Way, { netns, iif }: Place): void {
    const key = `${iif!.index} ${netns}`;
    const before = way.seen.get(key);
    if (before === undefined) way.seen.set(key, way.hops.length);
    else way.loop ??= way.hops.slice(before).map((hop) => hop.netns);
  }

  // ---- ending

  #deliver(way: Way, place: Place): Trace {
    way.hops.push({ ...hopOf(place, way), action: 'deliver' });
    return this.#end(way, place, 'delivered');
  }

  #drop(way: Way, place: Place, outcome: Outcome, isTold: boolean): Trace {
    way.hops.push({ ...hopOf(place, way), action: 'drop' });
    const code = CODES[outcome];
    if (!isTold) return this.#end(way, place, outcome);
    if (outcome === 'ttl exceeded')
      return this.#end(way, place, outcome, this.#icmp(way, place, TIME_EXCEEDED, 0));
    const icmp = code === undefined ? undefined : this.#icmp(way, place, UNREACHABLE, code);
    return this.#end(way, place, outcome, icmp);
  }

  #end(way: Way, { netns }: Place, outcome: Outcome, icmp?: IcmpError): Trace {
    const { src, hops, loop } = way;
    return {
      outcome,
      netns,
      why: why(outcome, netns, way),
      ...(src !== undefined && { src }),
      hops,
      ...(loop !== undefined && { loop }),
      ...(icmp !== undefined && { icmp }),
    };
  }

  /**
   * The error that a namespace tells the sender of a packet; undefined when it knows no way to it. Its source is that of
   * any packet that is made there.
   */
  #icmp(way: Way, { netns, ns }: Place, type: number, code: number, mtu?: number): IcmpError | undefined {
    const { src } = way;
    if (!way.isTold || src === undefined) return undefined;
    const packet = { dst: src, ipproto: ICMP, tos: ((way.tos ?? 0) & KEPT_TOS) | ERROR_TOS };
    let from: string | undefined;
    try {
      from = ns.route.output(packet).src;
    } catch {
      return undefined;
    }
    if (from === undefined) return undefined;
    const size = Math.min(ERROR_MAX, way.size + ERROR_HEAD);
    const back = this.trace(netns, { ...packet, src: from, size }, false);
    const arrives = back.outcome === 'delivered' && back.netns === way.from;
    return { type, code, from, netns, ...(mtu !== undefined && { mtu }), arrives };
  }
}

/** What is asked of a packet where it is made. */
function questionOf({ dst, src, oif, tos, mark, uid, ipproto, sport, dport }: Way): Flow {
  const given = Object.entries({ src, oif, tos, mark, uid, ipproto, sport, dport });
  return { dst, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

/** What is asked of it where it comes in: marks, users and sockets stay behind. */
function arrivedOf(way: Way): Flow {
  const { oif: _, mark: __, uid: ___, ...flow } = questionOf(way);
  return flow;
}

function hopOf({ netns, iif }: Place, { ttl }: Way): Pick<Hop, 'netns' | 'iif' | 'ttl'> {
  return { netns, ...(iif !== undefined && { iif: iif.name }), ttl };
}

/** Largest packet that fits: what the route says, else the device. */
function mtuOf(ns: Netns, { id, oif }: Decision): number {
  const metric = id === 0 ? 0 : (ns.info(id)?.metrics?.mtu ?? 0);
  return metric === 0 ? (ns.link.device(oif)?.mtu ?? 0) : metric;
}

/** The address that a namespace asks with for another on a link. */
function askerOf(ns: Netns, address: string, oif: number): string | undefined {
  try {
    return ns.route.output({ dst: address, oif }).src;
  } catch {
    return undefined;
  }
}

function isBlackholed(ns: Netns, flow: Flow): boolean {
  try {
    ns.lookup(flow);
  } catch (error) {
    const { route } = errorOf(error) as FibError<{ readonly type?: unknown }>;
    return route?.type === 'blackhole';
  }
  return false;
}

function isForwarding(place: Place): boolean {
  return conf(place, place.iif!.name, 'forwarding') > 0;
}

function conf({ ns }: Place, device: string, name: string): number {
  return ns.sysctl.get(`net/ipv4/conf/${device}/${name}`);
}

/** True for an address that no packet on a wire may come from or go to: 0/8, 127/8, and 224/3 as a source. */
function isOdd(address: string): boolean {
  const first = Number(address.slice(0, address.indexOf('.')));
  return first === 0 || first === 127 || first >= 224;
}

function errorOf(error: unknown): FibError {
  if (error instanceof FibError) return error;
  throw error;
}

/** Canonical text of an address. @throws {FibError} EINVAL */
function addressText(address: string | number): string {
  if (typeof address === 'string') return formatAddress4(parseAddress4(address));
  return formatAddress4(bounded(address, 'address', 0, 0xffffffff));
}

function bounded(value: number, name: string, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new FibError('EINVAL', 'trace', {
    detail: `${name}: expected ${low}..${high}, got ${String(value)}`,
  });
}

/** An end in words. */
function why(outcome: Outcome, netns: string, { dst, src = 'nobody', size, hops }: Way): string {
  const { dev, via = dst, mtu, iif } = hops.at(-1) ?? {};
  const words: Record<Outcome, string> = {
    delivered: `${netns} has ${dst}`,
    sent: `${netns} sent it to all on ${dev}`,
    'no route': `${netns} has no route to ${dst}`,
    unreachable: `a route of ${netns} says that ${dst} cannot be reached`,
    prohibit: `a route or rule of ${netns} forbids ${dst}`,
    blackhole: `a route or rule of ${netns} drops what goes to ${dst}`,
    'forwarding off': `${netns} does not forward what comes in on ${iif}`,
    'martian source': `to ${netns} nothing can come from ${src}`,
    'martian destination': `on ${iif} of ${netns} nothing can go to ${dst}`,
    'reverse path': `${netns} would answer ${src} by another way than ${iif}`,
    'ttl exceeded': `its time to live ended in ${netns}`,
    'too big': `${size} bytes do not fit the ${mtu} that ${netns} may send on ${dev}`,
    'no neighbour': `nobody on ${dev} of ${netns} has ${via}`,
    'link down': `${dev} of ${netns} has no carrier`,
    lost: `nobody is behind ${dev} of ${netns}`,
    refused: `${netns} cannot send such a packet`,
  };
  return words[outcome];
}

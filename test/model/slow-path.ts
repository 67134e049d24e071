/**
 * model/slow-path.ts - what the slow path hands to the route cache, found out from a Netns that has none (RC-63..100).
 *
 * The decision is the Netns's. Here is what it does not tell: which counters move, before and after an entry is made, and
 * which refusals are kept.
 */
import { FibError, type Answer, type Decision, type Link, type Netns } from '../../src/index.js';
import { routeTypeNumber, type RouteType } from '../../src/model/route.js';
import { parseAddress4 } from '../../src/text/address.js';
import { BROADCAST, LOCAL, MULTICAST, type Counter, type Draft, type Key } from './route-cache.js';

/** How the source of a packet is judged: the address to answer from, and whether it is on the link (RC-83..88). */
interface Verdict {
  readonly specDst: number;
  readonly isDirect: boolean;
}

/** What came out: an errno by its name, or a draft of an entry; its decision is undefined for a refusal that is kept. */
export interface Resolved {
  /** Counters that move before an entry is allocated, and after. */
  readonly before: readonly Counter[];
  readonly after: readonly Counter[];
  readonly refusal?: string;
  readonly draft?: Draft;
  readonly decision?: Decision;
}

const UNREACHABLE = 7;
export const DOREDIRECT = 0x01000000;
const DIRECTSRC = 0x04000000;
const LOOPBACK_INDEX = 1;
/** RC-78. */
const MTU_MAX = 65520;
/** Errnos of refusals that are kept. */
export const ERRNOS: Readonly<Record<string, number>> = {
  EACCES: 13,
  EINVAL: 22,
  ENETUNREACH: 101,
  EHOSTUNREACH: 113,
};

const isMulticast = (a: number): boolean => a >>> 28 === 0xe;
const isLoopback = (a: number): boolean => a >>> 24 === 127;
const ALL_ONES = 0xffffffff;

/** A decision without its handle, or the name of its errno. Most of the time of an error would be its stack. */
export function decided(ask: () => Decision): Decision | string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const { handle: _, ...decision } = ask();
    return decision;
  } catch (error) {
    if (error instanceof FibError) return error.code;
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Links by Netns and index; in the time of a test they keep names and MTUs. */
const LINKS = new WeakMap<Netns, Map<number, Link>>();

function linkOf(twin: Netns, index: number): Link {
  let links = LINKS.get(twin);
  if (links?.has(index) !== true) {
    links = new Map(twin.link.list().map((link) => [link.index, link]));
    LINKS.set(twin, links);
  }
  return links.get(index)!;
}

/** The address that packets leave a device with: the first whose subnet holds the gateway, else the first (FIB-115). */
function addressOn(twin: Netns, index: number, gateway = 0): number {
  const own = twin.address.list().filter((address) => address.index === index && !address.secondary);
  const subnets = own.map(({ address }) => {
    const [text = '', length] = address.split('/');
    return [parseAddress4(text), 32 - Number(length)] as const;
  });
  const near = subnets.find(([address, bits]) => (address ^ gateway) >>> bits === 0) ?? subnets[0];
  return near === undefined ? 0 : near[0];
}

/** RC-83..88 for a packet that was let in; `oif` is where it goes, loopback for what is delivered here. */
function verdictOf(twin: Netns, { src, dst, tos, iif }: Key, oif: number, isShared: boolean): Verdict {
  const own = { specDst: addressOn(twin, iif), isDirect: false };
  if (src === 0 && isShared) return own; // RC-74, RC-82
  const back = { dst: src, src: isShared ? 0 : dst, tos };
  const way = twin.tryLookup({ ...back, iif: oif });
  if (way?.type !== 'unicast') return own; // RC-84; a source that RC-85 refuses passes where 6.18 asks no table
  const specDst = (answer: Answer): number =>
    answer.prefsrc === undefined
      ? addressOn(twin, answer.oif!, answer.via === undefined ? 0 : parseAddress4(answer.via))
      : parseAddress4(answer.prefsrc);
  if (way.oif === iif) return { specDst: specDst(way), isDirect: way.via === undefined };
  const other = twin.tryLookup({ ...back, iif: oif, oif: iif });
  if (other?.type !== 'unicast') return { specDst: specDst(way), isDirect: false };
  return { specDst: specDst(other), isDirect: other.via === undefined };
}

/** RC-71, RC-73, RC-74, RC-82, RC-99: the specific destination of an entry, and DIRECTSRC. */
function specificsOf(twin: Netns, key: Key, decision: Decision, src: number): Verdict {
  const { isLocal, isBroadcast, isMulticast: isGroup, oif } = decision;
  const isShared = isBroadcast || isGroup;
  if (key.iif === 0) return { specDst: isLocal && !isShared ? key.dst || src : src, isDirect: false };
  const verdict = verdictOf(twin, key, isLocal ? LOOPBACK_INDEX : oif, isShared);
  if (isGroup) return { ...verdict, isDirect: false };
  return isLocal && !isShared ? { ...verdict, specDst: key.dst } : verdict;
}

function draftOf(twin: Netns, key: Key, decision: Decision): Draft {
  const { type, isLocal, isBroadcast, isMulticast: isGroup, isRedirect, via, oif } = decision;
  const src = decision.src === undefined ? key.src : parseAddress4(decision.src);
  const { specDst, isDirect } = specificsOf(twin, key, decision, src);
  const bits =
    (isDirect ? DIRECTSRC : 0) |
    (isLocal ? LOCAL : 0) |
    (isBroadcast ? BROADCAST : 0) |
    (isGroup ? MULTICAST : 0) |
    (isRedirect ? DOREDIRECT : 0);
  const dst = key.dst !== 0 ? key.dst : src;
  const isOwnInput = key.iif !== 0 && type !== 'unicast'; // what is delivered here has no metrics (RC-75)
  return {
    key,
    flags: bits >>> 0,
    type: routeTypeNumber(type) ?? 0,
    dst,
    src,
    gateway: via === undefined ? dst : parseAddress4(via),
    oif,
    error: 0,
    specDst,
    mtu: isOwnInput ? 0 : Math.min(MTU_MAX, linkOf(twin, oif).mtu),
    isMtuLocked: false,
  };
}

/** RC-91..100. */
export function resolveOutput(twin: Netns, key: Key): Resolved {
  const { dst, src, tos, oif, mark } = key;
  const decision = decided(() => twin.route.output({ dst, src, tos, oif, mark }));
  if (typeof decision === 'string') return { before: [], after: [], refusal: decision };
  const { isLocal, isBroadcast, isMulticast: isGroup } = decision;
  const isLooped = isLocal && (isBroadcast || isGroup) && decision.oif !== LOOPBACK_INDEX;
  return {
    before: [],
    after: isLooped ? ['out_slow_tot', 'out_slow_mc'] : ['out_slow_tot'],
    draft: draftOf(twin, key, decision),
    decision,
  };
}

/** RC-63..82. */
export function resolveInput(twin: Netns, key: Key): Resolved {
  const { dst, src, tos, iif, mark } = key;
  const decision = decided(() => twin.route.input({ dst, src, tos, iif, mark }));
  if (typeof decision === 'string') return refusedInput(twin, key, decision);
  const draft = draftOf(twin, key, decision);
  if (decision.isMulticast) return { before: [], after: ['in_slow_mc'], draft, decision };
  const isEarly = dst === ALL_ONES || (dst === 0 && src === 0);
  const before: Counter[] = isEarly ? [] : ['in_slow_tot'];
  if (decision.isBroadcast) before.push('in_brd');
  return { before, after: [], draft, decision };
}

/** What a refusal counts, and whether it is kept: the first rule that it falls under. */
function refusedInput(twin: Netns, key: Key, refusal: string): Resolved {
  const { dst, src } = key;
  const counts = (...before: Counter[]): Resolved => ({ before, after: [], refusal });
  if (isMulticast(dst)) return counts(); // RC-81
  if (isMulticast(src) || src === ALL_ONES || isLoopback(src)) return counts('in_martian_src'); // RC-64
  if (dst === ALL_ONES || (dst === 0 && src === 0)) return counts('in_martian_src'); // RC-74
  if (src === 0) return counts('in_martian_src'); // RC-66; the rest of 0/8 is as good as any other for 6.18
  if (dst === 0 || isLoopback(dst)) return counts('in_martian_dst'); // RC-67
  const type = found(twin, key);
  if (type === undefined) return isRouter(twin, key.iif) ? noRoute(twin, key, refusal) : counts(); // RC-68
  if (type === 'broadcast' || type === 'local') return counts('in_slow_tot', 'in_martian_src'); // RC-71, RC-74
  if (!isRouter(twin, key.iif)) return counts('in_slow_tot'); // RC-72
  return counts('in_slow_tot', type === 'unicast' ? 'in_martian_src' : 'in_martian_dst'); // RC-72, RC-73
}

/** Type of the route that a packet meets; undefined when there is none or one that rejects. */
function found(twin: Netns, { dst, src, tos, iif, mark }: Key): RouteType | undefined {
  return twin.tryLookup({ dst, src, tos, iif, mark })?.type;
}

function isRouter(twin: Netns, iif: number): boolean {
  const { name } = linkOf(twin, iif);
  return twin.sysctl.get(`net.ipv4.conf.${name}.forwarding`) !== 0;
}

/** RC-76: the only refusal that is kept. */
function noRoute(twin: Netns, key: Key, refusal: string): Resolved {
  const draft: Draft = {
    key,
    flags: 0,
    type: UNREACHABLE,
    dst: key.dst,
    src: key.src,
    gateway: key.dst,
    oif: LOOPBACK_INDEX,
    error: ERRNOS[refusal]!,
    specDst: addressOn(twin, key.iif),
    mtu: 0,
    isMtuLocked: false,
  };
  return { before: ['in_no_route'], after: [], refusal, draft };
}

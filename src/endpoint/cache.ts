/**
 * endpoint/cache.ts - entries of the route cache as messages (RC-121, RC-122): the answer to RTM_GETROUTE about one
 * destination when the cache answered it, and the dump with RTM_F_CLONED.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { CacheEntry } from '../model/cache.js';
import { routeTypeNumber } from '../model/route.js';
import type { Netns } from '../netns.js';
import { parseAddress4, parseAddress6 } from '../text/address.js';
import { encodeAnswer, type CacheInfo, type RouteAnswer } from '../wire/answer.js';
import type { DumpMessage } from './request.js';

/** Ticks in which times of a message are said, USER_HZ. */
const USER_HZ = 100;
/** The half of an entry's flags that a message shows. */
const SHOWN = 0xffff0000;

/** The entries that a lookup can find, bucket by bucket; entries that come and go meanwhile do not show. */
export function* dumpCache(ns: Netns, flags: number): Generator<DumpMessage, void, undefined> {
  for (const entry of ns.cache.entries()) {
    yield { type: uapi.RTM_NEWROUTE, flags, payload: encodeEntry(ns, entry) };
  }
}

/** The payload of RTM_NEWROUTE for an entry (RC-121). */
export function encodeEntry(ns: Netns, entry: CacheEntry): Uint8Array {
  const { key, rtSrc, specDst } = entry;
  const isInput = key.iif !== 0;
  const prefsrc = isInput ? specDst : rtSrc === key.src ? '0.0.0.0' : rtSrc;
  const flags = (entry.flags & SHOWN) >>> 0;
  return encodeAnswer({
    dst: parseAddress4(entry.rtDst),
    src: parseAddress4(key.src),
    tos: key.tos,
    table: uapi.RT_TABLE_MAIN,
    type: routeTypeNumber(entry.type) ?? 0,
    flags: (flags & uapi.RTCF_NOTIFY) === 0 ? flags : flags | uapi.RTM_F_NOTIFY,
    oif: entry.oif,
    realm: entry.tclassid,
    prefsrc: parseAddress4(prefsrc),
    gateway: entry.gateway === entry.rtDst ? undefined : gatewayOf(entry.gateway),
    metrics: entry.metrics,
    mark: 0,
    uid: undefined,
    iif: key.iif,
    cacheInfo: infoOf(ns, entry),
  });
}

function gatewayOf(text: string): RouteAnswer['gateway'] {
  if (text.includes(':')) return { family: uapi.AF_INET6, address: parseAddress6(text) };
  const address = new Uint8Array(4);
  new DataView(address.buffer).setUint32(0, parseAddress4(text));
  return { family: uapi.AF_INET, address };
}

/** struct rta_cacheinfo: times in hundredths of a second, `expires` from now on. */
function infoOf(ns: Netns, { refcnt, lastuse, expires, error, use }: CacheEntry): CacheInfo {
  const { tick } = ns.cache;
  const hz = ns.core.view.getUint32(abi.STATE_HZ, true);
  const clock = (ticks: number): number => Math.trunc((ticks * USER_HZ) / hz);
  return {
    clntref: refcnt,
    lastuse: clock(tick - lastuse),
    expires: expires === 0 ? 0 : clock(expires - tick),
    error,
    used: use,
  };
}

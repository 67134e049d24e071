/**
 * feed/index.ts - sources of changes, each by the program that speaks: `feed.netlink()`, `feed.fpm(source)` and so on.
 *
 * Each gives a {@link Feed}: `for await (const change of feed) ns.apply(change)`, or `follow(ns, feed)`, which also
 * recovers from what was lost. IPv6 is counted and passed over unless it is asked for.
 */
import type { MrtOptions } from './mrt.js';
import { mrtParts } from './mrt.js';
import { Feed, type FeedOptions } from './feed.js';
import { anyParts } from './any.js';
import { rtmonParts, routeSaveParts } from './files.js';
import { fpmFileParts, fpmListenParts, listenAddress, type FpmListenOptions, type Listen } from './fpm.js';
import { netlinkParts, type NetlinkOptions } from './netlink.js';
import { pcapParts } from './pcap.js';
import type { Source } from './source.js';

export { Feed, type FeedOptions } from './feed.js';
export type { FpmListenOptions, Listen, ListenAddress } from './fpm.js';
export type { MrtOptions } from './mrt.js';
export type { NetlinkOptions } from './netlink.js';
export { paced } from './paced.js';
export { recordPart, type IfIndex } from './record.js';
export type { Source } from './source.js';

/**
 * The kernel of this machine, or of one of its network namespaces: all that it has, then what changes. Needs koffi.
 * Iterating over it ends with ENOBUFS when changes were lost; `follow` begins anew instead.
 */
export function netlink(options: NetlinkOptions & FeedOptions = {}): Feed {
  return new Feed((signal, counts) => netlinkParts(options, signal, counts), options);
}

/** What `rtmon` or `ip monitor` writes, into a file or a pipe; also the recordings of `hoptrie watch`. */
export function rtmon(source: Source, options: FeedOptions = {}): Feed {
  return new Feed((signal, counts) => rtmonParts(source, signal, counts), options);
}

/** What `ip route save` writes. */
export function routeSave(source: Source, options: FeedOptions = {}): Feed {
  return new Feed((signal, counts) => routeSaveParts(source, signal, counts), options);
}

/**
 * What FRR's zebra tells a forwarding plane manager: `{ listen: port }`, where it connects to (only from this machine
 * unless a host is named), or a stream that was recorded.
 * @throws {FibError} EINVAL no port
 */
export function fpm(source: Source | Listen, options: FpmListenOptions & FeedOptions = {}): Feed {
  const { listen } = source as Partial<Listen>;
  if (listen === undefined) {
    return new Feed((signal, counts) => fpmFileParts(source as Source, signal, counts), options);
  }
  const address = listenAddress(listen);
  return new Feed((signal, counts) => fpmListenParts(address, options, signal, counts), options);
}

/** Whatever of all these its first bytes say it is, or `ip route save`. */
export function any(source: Source, options: FeedOptions = {}): Feed {
  return new Feed((signal, counts) => anyParts(source, signal, counts), options);
}

/** A capture of netlink, pcap or pcapng with link type 253, as of an nlmon device. */
export function pcap(source: Source, options: FeedOptions = {}): Feed {
  return new Feed((signal, counts) => pcapParts(source, signal, counts), options);
}

/** MRT files of RouteViews and RIPE RIS: RIBs and updates, plain or gzip. */
export function mrt(source: Source, options: MrtOptions & FeedOptions = {}): Feed {
  return new Feed((signal, counts) => mrtParts(source, options, signal, counts), options);
}

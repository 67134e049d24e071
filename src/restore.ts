/**
 * restore.ts - `ns.route.restore`: a dump of routes through the door that checks, as `ip route restore` sends it.
 *
 * Three passes, so that a route stands before another needs it: what is reached through nothing, then what has a
 * preferred source, then what goes through gateways (NL-53). Other than `ip`, several paths and nexthop objects count
 * as gateways, routes of equal prefix, tos and metric keep their order, and a refused route does not end it.
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import type { Core } from './core/core.js';
import { bulk, isForeign, isUsual, seen, walkDump } from './dump.js';
import { FibError, errnoName, type ErrnoName } from './errors.js';
import { extackOf } from './extack.js';
import { congctlKey, type Route, type RouteInput } from './model/route.js';
import { RouteBatch } from './route-batch.js';
import { dumpChange } from './wire/change.js';
import type { NlMsg } from './wire/nlmsg.js';
import type { RouteMessage } from './wire/route.js';

/** A route of a dump that was refused. */
export interface RestoreRefusal {
  /** Where its message begins. */
  readonly offset: number;
  /** `'EINVAL'`, `'ENETUNREACH'`, ... */
  readonly code: ErrnoName;
  /** The errno, negative as netlink carries it. */
  readonly errno: number;
  /** The kernel's words for it. */
  readonly extack?: string;
}

/** What `ns.route.restore()` tells. */
export interface RestoreResult {
  /** Routes that were added. */
  readonly added: number;
  /** Routes that were there already. */
  readonly existing: number;
  /** Messages that are no IPv4 route of a table, passed over. */
  readonly skipped: number;
  /** Routes that were refused, in the order of the dump. */
  readonly refused: readonly RestoreRefusal[];
}

/** Who adds checked routes one by one. */
export interface Restorer {
  readonly core: Core;
  /** False when somebody is to be told of each route. */
  isQuiet(): boolean;
  /** Adds a route by netlink flags. @throws {FibError} what the kernel refuses, EEXIST for a route that is there */
  add(prefix: string, route: RouteInput, flags: number): void;
}

/** Routes keep the order of the dump. */
const FLAGS = uapi.NLM_F_CREATE | uapi.NLM_F_APPEND;
const PASSES = 3;
const OPERATION = 'route restore';
/** What hardware says of a route; a request cannot. */
const HARDWARE = uapi.RTM_F_OFFLOAD | uapi.RTM_F_TRAP | uapi.RTM_F_OFFLOAD_FAILED;

/** Restores a dump. */
export function restoreDump(restorer: Restorer, bytes: Uint8Array): RestoreResult {
  return new Restore(restorer, bytes).run();
}

class Restore {
  readonly #restorer: Restorer;
  readonly #bytes: Uint8Array;
  readonly #batch: RouteBatch;
  readonly #refused: RestoreRefusal[] = [];
  #added = 0;
  #existing = 0;
  #skipped = 0;

  constructor(restorer: Restorer, bytes: Uint8Array) {
    this.#restorer = restorer;
    this.#bytes = bytes;
    this.#batch = new RouteBatch(restorer.core, true, (offset, done, reason) => {
      this.#tell(offset, done, extackOf(reason));
    });
  }

  run(): RestoreResult {
    const isNeeded = this.#read();
    const isOnly = isNeeded.filter(Boolean).length === 1;
    bulk(this.#restorer.core, this.#bytes.length, () => {
      for (let pass = 0; pass < PASSES; pass++) if (isNeeded[pass]) this.#pass(pass, isOnly);
    });
    this.#refused.sort((a, b) => a.offset - b.offset);
    return {
      added: this.#added,
      existing: this.#existing,
      skipped: this.#skipped,
      refused: this.#refused,
    };
  }

  /** Reads all and says which passes have routes. @throws {WireError} */
  #read(): boolean[] {
    const isNeeded: boolean[] = [];
    walkDump(
      this.#bytes,
      (message, from, length) => {
        const isTaken = isNewRoute(message, from) && isUsual(message, from, length);
        if (isTaken) isNeeded[passOfSeen()] = true;
        return isTaken;
      },
      (message) => {
        const route = routeOf(message);
        if (route === undefined) this.#skipped++;
        else isNeeded[passOf(route)] = true;
      },
    );
    return isNeeded;
  }

  /** Adds the routes of a pass; when it is the only one there is no need to look which those are. */
  #pass(pass: number, isOnly: boolean): void {
    const batch = this.#batch;
    walkDump(
      this.#bytes,
      (message, from, length) => {
        if (!isNewRoute(message, from)) return false;
        if (!isOnly) {
          if (!isUsual(message, from, length)) return false;
          if (passOfSeen() !== pass) return true;
        }
        return this.#restorer.isQuiet() && batch.add(message, from, length, FLAGS);
      },
      (message) => {
        const route = routeOf(message);
        if (route === undefined || passOf(route) !== pass) return;
        batch.flush();
        this.#one(route, message.offset);
      },
    );
    batch.flush();
  }

  #one(route: RouteMessage, offset: number): void {
    try {
      this.#restorer.add(route.dst, inputOf(route), FLAGS);
      this.#added++;
    } catch (error) {
      if (!(error instanceof FibError)) throw error;
      this.#tell(offset, error.errno, error.extack);
    }
  }

  #tell(offset: number, done: number, extack: string | undefined): void {
    if (done > 0) this.#added++;
    else if (done === -uapi.EEXIST) this.#existing++;
    else {
      this.#refused.push({
        offset,
        code: errnoName(done),
        errno: done,
        ...(extack !== undefined && { extack }),
      });
    }
  }
}

function isNewRoute(message: DataView, from: number): boolean {
  return message.getUint16(from + 4, true) === uapi.RTM_NEWROUTE;
}

/** The IPv4 route of a table that a message holds. */
function routeOf(message: NlMsg): RouteMessage | undefined {
  if (message.type !== uapi.RTM_NEWROUTE) return undefined;
  const change = dumpChange(message);
  return change?.kind === 'route' && !isForeign(change) ? change.route : undefined;
}

/** The pass that a route belongs to. */
function passOf({ nexthops, nhid, prefsrc }: Route): number {
  if (nhid !== undefined || nexthops.length > 1 || nexthops.some(({ via }) => via !== undefined)) return 2;
  return prefsrc === undefined || prefsrc === '0.0.0.0' ? 0 : 1;
}

/**
 * A route as the rooms of `ns.route` take it. One that uses a nexthop object has no paths of its own.
 * @throws {FibError} EOPNOTSUPP, EINVAL: what it says beyond that and the kernel would refuse
 */
function inputOf(route: RouteMessage): RouteInput {
  const { nhid, nexthops, flags, congctl, metrics, ...rest } = route;
  const unknown = [...(route.unknown ?? []), ...nexthops.flatMap((hop) => hop.unknown ?? [])];
  if (unknown.some(({ type }) => type === uapi.RTA_ENCAP || type === uapi.RTA_ENCAP_TYPE)) {
    throw new FibError('EOPNOTSUPP', OPERATION, { extack: 'lwt encapsulation type not supported' });
  }
  if (route.unknownMetrics !== undefined) {
    throw new FibError('EINVAL', OPERATION, { extack: 'Invalid attribute in metrics' });
  }
  const key = congctl === undefined ? undefined : congctlKey(congctl);
  if (key === 0) throw new FibError('EINVAL', OPERATION, { extack: 'Unknown tcp congestion algorithm' });
  return {
    ...rest,
    flags: nexthops.length > 1 ? flags : flags & ~HARDWARE,
    ...(nhid === undefined ? { nexthops } : { nhid }),
    ...((metrics !== undefined || key !== undefined) && {
      metrics: { ...metrics, ...(key !== undefined && { cc_algo: key }) },
    }),
  };
}

/** `passOf` for the record that was seen last. */
function passOfSeen(): number {
  const count = seen[abi.ROUTE_PROTOCOL / 4]! >>> 16;
  const family = seen[(abi.ROUTE_NEXTHOPS + abi.NEXTHOP_FAMILY) / 4]! & 0xff;
  if (count > 1 || (count === 1 && family !== 0)) return 2;
  return seen[abi.ROUTE_PREFSRC / 4] === 0 ? 0 : 1;
}

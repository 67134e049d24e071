/**
 * believe.ts - the believing door: `ns.apply` and `ns.applyDump`. What a source tells (a mirror of a kernel or a router)
 * is not validated, and what it tells twice is no error.
 */
import * as uapi from './abi/uapi.js';
import type { Core } from './core/core.js';
import { show } from './core/route.js';
import { bulk, isForeign, isUsual, walkDump } from './dump.js';
import { FibError } from './errors.js';
import { refusal } from './extack.js';
import type { AddressTable } from './addresses.js';
import type { LinkTable } from './links.js';
import type { ChangeInput, RouteChangeInput } from './model/change.js';
import type { NexthopTable } from './nexthops.js';
import { GROUP_ROUTE, type Notices } from './notices.js';
import { RouteBatch } from './route-batch.js';
import type { RouteTable } from './routes.js';
import type { RuleTable } from './rules.js';
import { dumpChange } from './wire/change.js';

/** What `ns.applyDump()` tells. */
export interface DumpResult {
  /** Messages that changed something. */
  readonly applied: number;
  /** Messages that said what was known already, or removed what was not there. */
  readonly unchanged: number;
  /** Messages of other kinds or families, passed over. */
  readonly skipped: number;
}

/** netlink flags that say where a route goes. */
const FIRST = uapi.NLM_F_CREATE;
const LAST = uapi.NLM_F_CREATE | uapi.NLM_F_APPEND;
const INSTEAD = uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE;
/** Those of the operations that add. */
const FLAGS_OF: ReadonlyMap<string, number> = new Map([
  ['add', FIRST],
  ['prepend', FIRST],
  ['append', LAST],
  ['replace', INSTEAD],
]);

/** What can happen to each kind of object. */
const OPS: ReadonlyMap<string, readonly string[]> = new Map([
  ['route', ['add', 'prepend', 'append', 'replace', 'del']],
  ['link', ['add', 'del']],
  ['address', ['add', 'del']],
  ['rule', ['add', 'del']],
  ['nexthop', ['add', 'replace', 'del']],
]);

/** Links that are remembered to be there. */
const KNOWN = 64;

/** The tables that a source tells of. */
export interface BelievingTables {
  readonly links: LinkTable;
  readonly routes: RouteTable;
  readonly addresses: AddressTable;
  readonly rules: RuleTable;
  readonly nexthops: NexthopTable;
}

/** The believing door of one Netns. */
export class Believer {
  readonly #core: Core;
  readonly #notices: Notices;
  readonly #tables: BelievingTables;

  constructor(core: Core, notices: Notices, tables: BelievingTables) {
    this.#core = core;
    this.#notices = notices;
    this.#tables = tables;
  }

  /** See `ns.apply`. */
  apply(change: ChangeInput): boolean {
    const { links, addresses, rules, nexthops } = this.#tables;
    checkShape(change);
    switch (change.kind) {
      case 'route':
        return this.#applyRoute(change);
      case 'link':
        return links.believe(change);
      case 'address':
        return isAdded(change) ? addresses.believe(change.address) : addresses.disbelieve(change.address);
      case 'rule':
        return isAdded(change) ? rules.believe(change.rule) : rules.disbelieve(change.rule);
      case 'nexthop':
        return isAdded(change) ? nexthops.believe(change.nexthop) : nexthops.disbelieve(change.nexthop.id);
    }
  }

  /** See `ns.applyAll`. */
  applyAll(changes: Iterable<ChangeInput>): number {
    const undo = this.#core.checkpoint();
    let applied = 0;
    let place = 0;
    try {
      this.#notices.whole(() => {
        for (const change of changes) {
          if (this.apply(change)) applied++;
          place++;
        }
      });
    } catch (error) {
      undo();
      this.#tables.links.reload();
      this.#tables.nexthops.reload();
      throw error instanceof FibError ? placed(error, place) : error;
    }
    return applied;
  }

  #applyRoute({ op, route }: RouteChangeInput): boolean {
    const { routes } = this.#tables;
    if (op === 'del') return routes.disbelieve(route.dst, route);
    return routes.believe(route.dst, route, FLAGS_OF.get(op)!);
  }

  /** See `ns.applyDump`. */
  applyDump(bytes: Uint8Array): DumpResult {
    if (!(bytes instanceof Uint8Array)) {
      throw new FibError('EINVAL', 'applyDump', { detail: `expected a Uint8Array, got ${show(bytes)}` });
    }
    walkDump(bytes, isUsual, (message) => {
      const change = dumpChange(message);
      if (change !== undefined && !isForeign(change)) this.#verify(change);
    });
    const result = { applied: 0, unchanged: 0, skipped: 0 };
    bulk(this.#core, bytes.length, () => this.#takeDump(bytes, result));
    return result;
  }

  /** Throws what `apply` would throw for a change that nothing can hold, whatever else there is. */
  #verify(change: ChangeInput): void {
    const { links, routes, addresses, rules, nexthops } = this.#tables;
    checkShape(change);
    if (change.kind === 'route') routes.verify(change.route.dst, change.route, change.op === 'del');
    else if (change.kind === 'link') links.verify(change);
    else if (change.kind === 'address') addresses.verify(change.address);
    else if (change.kind === 'rule') rules.verify(change.rule);
    else if (change.op !== 'del') nexthops.verify(change.nexthop);
  }

  #takeDump(bytes: Uint8Array, result: { applied: number; unchanged: number; skipped: number }): void {
    const tell = (isApplied: boolean): void => void (isApplied ? result.applied++ : result.unchanged++);
    const known = new Uint32Array(KNOWN); // meanwhile no link goes
    const isKnown = (oif: number): boolean => {
      if (known[oif % KNOWN] === oif) return true;
      if (this.#tables.links.nameOf(oif) === undefined) return false;
      known[oif % KNOWN] = oif;
      return true;
    };
    const batch = new RouteBatch(this.#core, false, (_, done) => {
      if (done < 0 && done !== -uapi.EEXIST) throw refusal(this.#core, done, 'apply');
      tell(done > 0);
    });
    const isQuiet = !this.#notices.isWanted(GROUP_ROUTE); // else each route is told by itself
    walkDump(
      bytes,
      (message, from, length) => {
        if (!isQuiet) return false;
        if (message.getUint16(from + 4, true) === uapi.RTM_NEWROUTE) {
          const flags = placing(message.getUint16(from + 6, true));
          return batch.add(message, from, length, flags, isKnown);
        }
        const isGone = batch.remove(message, from, length);
        if (isGone !== undefined) tell(isGone);
        return isGone !== undefined;
      },
      (message) => {
        batch.flush();
        const change = dumpChange(message);
        if (change === undefined || isForeign(change)) result.skipped++;
        else tell(this.apply(change));
      },
    );
    batch.flush();
  }
}

/**
 * Refuses what is no change of this family.
 * @throws {FibError} EINVAL, EAFNOSUPPORT
 */
function checkShape(change: ChangeInput): void {
  if (typeof change !== 'object' || change === null) {
    throw new FibError('EINVAL', 'apply', { detail: `expected a change, got ${show(change)}` });
  }
  const { kind, op } = change;
  const ops = OPS.get(kind);
  if (ops === undefined) throw expected('kind', [...OPS.keys()], kind);
  if (!ops.includes(op)) throw expected('op', ops, op);
  if (kind === 'link') return;
  const object = kind === 'route' ? change.route : (change as unknown as Record<string, unknown>)[kind];
  if (typeof object !== 'object' || object === null) throw expected(kind, ['an object'], object);
  if (kind !== 'route' && kind !== 'rule') return;
  const { family = uapi.AF_INET } = object as { family?: number };
  if (family !== uapi.AF_INET)
    throw new FibError('EAFNOSUPPORT', 'apply', { detail: `family ${show(family)}` });
}

function expected(what: string, words: readonly string[], got: unknown): FibError {
  return new FibError('EINVAL', 'apply', {
    detail: `${what}: expected ${words.join(', ')}, got ${show(got)}`,
  });
}

/** A refusal that says which of several changes it is of. */
function placed(error: FibError, place: number): FibError {
  const { code, offset, extack, attr, policy, route } = error;
  const why = error.detail === undefined ? '' : `: ${error.detail}`;
  const info = Object.entries({ offset, extack, attr, policy, route }).filter(
    ([, value]) => value !== undefined,
  );
  return new FibError(code, 'applyAll', { ...Object.fromEntries(info), detail: `change ${place}${why}` });
}

function isAdded({ op }: ChangeInput): boolean {
  return op !== 'del';
}

/** Where a route of a dump goes, as netlink flags; see wire/change.ts. */
function placing(flags: number): number {
  if (flags & uapi.NLM_F_REPLACE) return INSTEAD;
  const isAdded = (flags & (uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)) !== 0;
  const isLast = !isAdded || (flags & (uapi.NLM_F_APPEND | uapi.NLM_F_MULTI)) !== 0;
  return isLast ? LAST : FIRST;
}

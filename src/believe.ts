/**
 * believe.ts - the believing door: `ns.apply` and `ns.applyDump`. What a source tells (a mirror of a kernel or a router)
 * is not validated, and what it tells twice is no error.
 */
import * as uapi from './abi/uapi.js';
import type { Core } from './core/core.js';
import { show, whole } from './core/route.js';
import { bulk, isForeign, isUsual, walkDump } from './dump.js';
import { FibError } from './errors.js';
import { refusal } from './extack.js';
import type { LinkTable } from './links.js';
import type { Change, ChangeInput, RouteChangeInput } from './model/change.js';
import { RouteBatch } from './route-batch.js';
import type { RouteTable } from './routes.js';
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
const FLAGS_OF: ReadonlyMap<unknown, number> = new Map([
  ['add', FIRST],
  ['prepend', FIRST],
  ['append', LAST],
  ['replace', INSTEAD],
]);

/** Links that are remembered to be there. */
const KNOWN = 64;

/** The believing door of one Netns. */
export class Believer {
  readonly #core: Core;
  readonly #links: LinkTable;
  readonly #routes: RouteTable;

  constructor(core: Core, links: LinkTable, routes: RouteTable) {
    this.#core = core;
    this.#links = links;
    this.#routes = routes;
  }

  /** See `ns.apply`. */
  apply(change: ChangeInput): boolean {
    if (typeof change !== 'object' || change === null) {
      throw new FibError('EINVAL', 'apply', { detail: `expected a change, got ${show(change)}` });
    }
    if (change.kind === 'route') return this.#applyRoute(change);
    if (change.kind === 'link' && change.op === 'add') {
      whole(change.index, 'index', 1, 0x7fffffff, 'apply');
      if (this.#links.nameOf(change.index) === change.name) return false;
      this.#links.learn(change.index, change.name);
      return true;
    }
    throw new FibError('EINVAL', 'apply', { detail: "kind: expected 'route' or 'link'" });
  }

  #applyRoute({ op, route }: RouteChangeInput): boolean {
    if (typeof route !== 'object' || route === null) {
      throw new FibError('EINVAL', 'apply', { detail: `route: expected an object, got ${show(route)}` });
    }
    const { family = uapi.AF_INET, dst } = route;
    if (family !== uapi.AF_INET) {
      throw new FibError('EAFNOSUPPORT', 'apply', { detail: `family ${show(family)}` });
    }
    if (op === 'del') return this.#routes.disbelieve(dst, route);
    const flags = FLAGS_OF.get(op);
    if (flags === undefined) {
      throw new FibError('EINVAL', 'apply', {
        detail: `op: expected add, prepend, append, replace or del, got ${show(op)}`,
      });
    }
    return this.#routes.believe(dst, route, flags);
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
    bulk(this.#core, bytes.length, () => this.#applyAll(bytes, result));
    return result;
  }

  /** Throws what `apply` would throw for a change that nothing can hold. */
  #verify(change: Change): void {
    if (change.kind === 'route') {
      this.#routes.verify(change.route.dst, change.route, change.op === 'del');
    } else if (change.kind === 'link') {
      whole(change.index, 'index', 1, 0x7fffffff, 'apply');
      if (this.#links.nameOf(change.index) !== change.name) this.#links.verify(change.name);
    }
  }

  #applyAll(bytes: Uint8Array, result: { applied: number; unchanged: number; skipped: number }): void {
    const tell = (isApplied: boolean): void => void (isApplied ? result.applied++ : result.unchanged++);
    const known = new Uint32Array(KNOWN); // meanwhile no link goes
    const isKnown = (oif: number): boolean => {
      if (known[oif % KNOWN] === oif) return true;
      if (this.#links.nameOf(oif) === undefined) return false;
      known[oif % KNOWN] = oif;
      return true;
    };
    const batch = new RouteBatch(this.#core, false, (_, done) => {
      if (done < 0 && done !== -uapi.EEXIST) throw refusal(this.#core, done, 'apply');
      tell(done > 0);
    });
    walkDump(
      bytes,
      (message, from, length) => {
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
        if (change === undefined || isForeign(change) || !isKnownKind(change)) result.skipped++;
        else tell(this.apply(change));
      },
    );
    batch.flush();
  }
}

/** True for the changes that are applied. */
function isKnownKind({ kind, op }: Change): boolean {
  return kind === 'route' || (kind === 'link' && op === 'add');
}

/** Where a route of a dump goes, as netlink flags; see wire/change.ts. */
function placing(flags: number): number {
  if (flags & uapi.NLM_F_REPLACE) return INSTEAD;
  const isAdded = (flags & (uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)) !== 0;
  const isLast = !isAdded || (flags & (uapi.NLM_F_APPEND | uapi.NLM_F_MULTI)) !== 0;
  return isLast ? LAST : FIRST;
}

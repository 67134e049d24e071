/**
 * gateways.ts - the reverse question of a Netns: `ns.gateway`, which routes go through this gateway?
 *
 * The index (assembly/gateway/gate.ts) is made when it is first asked, in one walk over all routes, and follows every
 * change from then on. What it says is what a scan of all routes would say (GWI-33).
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { ClassicGateways, type ClassicOptions } from './classic.js';
import { outOfMemory, type Core } from './core/core.js';
import { readGateway, readShared, show, tableNumber, whole, type SharedPart } from './core/route.js';
import { FibError } from './errors.js';
import type { LinkTable } from './links.js';
import type { Route, TableLike } from './model/route.js';
import type { Notices } from './notices.js';
import { parseAddress4, parseAddress6 } from './text/address.js';
import { formatPrefix4 } from './text/prefix.js';

/** Which routes count; what is not given matches any. */
export interface GatewayFilter {
  /** Through the gateway on this interface, by name or index (L11). */
  readonly dev?: string | number;
  /** Routes of this table alone (L12). */
  readonly table?: TableLike;
}

/** A gateway and how many routes go through it. */
export interface Gateway {
  /** Its address, canonical text, IPv4 or IPv6. */
  readonly gateway: string;
  readonly routes: number;
}

/** A gateway's address where the core can read it, and what else is asked. */
interface Question {
  readonly family: number;
  readonly at: number;
  readonly oif: number;
  readonly table: number;
}

/** The gateways of one Netns. */
export class GatewayTable {
  readonly #core: Core;
  readonly #links: LinkTable;
  readonly #notices: Notices;

  constructor(core: Core, links: LinkTable, notices: Notices) {
    this.#core = core;
    this.#links = links;
    this.#notices = notices;
  }

  /**
   * The routes with a path through a gateway (IPv4 or IPv6 text, or an IPv4 address as u32 in host order), each once:
   * longest prefix first, then by table, tos, metric, and the order in which they came (GWI-32). Paths of nexthop objects
   * count (L6), so do those of multipath routes (L5) and those that are down. O(routes log routes).
   * @throws {FibError} EINVAL malformed; ENODEV an unknown `dev`; ENOBUFS
   */
  routes(gateway: string | number, filter: GatewayFilter = {}): Route[] {
    const core = this.#core;
    const question = this.#ask(gateway, filter, 'gateway routes');
    const n = this.#count(question);
    if (n === 0) return [];
    const rows = core.lease(n * abi.GATEWAY_BYTES);
    try {
      const { family, at, oif, table } = question;
      core.exports.gatewayRoutes(family, at, oif, table, rows, n * abi.GATEWAY_BYTES);
      return this.#read(sorted(core.u32, rows, n));
    } finally {
      core.unlease(rows);
    }
  }

  /**
   * All gateways that routes have, IPv4 before IPv6, by address, each with how many routes go through it. O(gateways,
   * and the routes that are counted).
   * @throws {FibError} EINVAL, ENODEV as `routes`; ENOBUFS
   */
  list(filter: GatewayFilter = {}): Gateway[] {
    const core = this.#core;
    const { oif, table } = this.#ask(0, filter, 'gateway list');
    const found: { family: number; words: number[]; gateway: string; routes: number }[] = [];
    for (
      let gate = core.exports.gatewayNext(0) >>> 0;
      gate !== 0;
      gate = core.exports.gatewayNext(gate) >>> 0
    ) {
      const at = gate + abi.GATE_ADDRESS;
      const family = core.view.getUint32(gate + abi.GATE_FAMILY, true);
      const routes = this.#count({ family, at, oif, table });
      if (routes === 0) continue;
      const words = Array.from({ length: 4 }, (_, i) => core.view.getUint32(at + 4 * i, true));
      found.push({ family, words, gateway: readGateway(core.view, family, at) ?? '', routes });
    }
    found.sort((a, b) => a.family - b.family || compareWords(a.words, b.words));
    return found.map(({ gateway, routes }) => ({ gateway, routes }));
  }

  /**
   * True if a path that lives goes through this gateway, on that interface when one is given (GWI-34). O(fib infos of
   * the gateway).
   * @throws {FibError} EINVAL malformed; ENODEV an unknown `dev`; ENOBUFS
   */
  has(gateway: string | number, dev?: string | number): boolean {
    const { family, at, oif } = this.#ask(gateway, dev === undefined ? {} : { dev }, 'gateway has');
    return this.#core.exports.gatewayKnown(family, at, oif) !== 0;
  }

  /** Takes the index down and frees its memory; the next question makes it anew. O(routes). */
  close(): void {
    this.#core.exports.gatewaysClose();
  }

  /**
   * Opens the classic index: one destination for each gateway, fed by notifications, with all that it does not see
   * (GWI-3..30). One at a time.
   * @throws {FibError} EINVAL; ENODEV an unknown `dev`; EEXIST one is open; ENOBUFS
   */
  classic(options: ClassicOptions): ClassicGateways {
    return new ClassicGateways(this.#core, this.#links, this.#notices, options);
  }

  /** Sees to the index and puts the question where the core reads it. */
  #ask(gateway: string | number, { dev, table }: GatewayFilter, operation: string): Question {
    const core = this.#core;
    const oif = interfaceOf(this.#links, dev, operation);
    const id = table === undefined ? 0 : tableNumber(table, operation);
    const at = core.record;
    const family = writeGateway(core, at, gateway, operation);
    if (core.exports.gatewaysOpen() < 0) throw outOfMemory(operation);
    return { family, at, oif, table: id };
  }

  #count({ family, at, oif, table }: Question): number {
    return this.#core.exports.gatewayRoutes(family, at, oif, table, 0, 0);
  }

  #read(rows: readonly Row[]): Route[] {
    const shared = new Map<number, SharedPart>();
    return rows.map(({ id, length, tos, dst }) => {
      let part = shared.get(id);
      if (part === undefined) shared.set(id, (part = this.#readInfo(id)));
      return { family: uapi.AF_INET, dst: formatPrefix4(dst, length), tos, ...part };
    });
  }

  #readInfo(id: number): SharedPart {
    const core = this.#core;
    const at = core.route(core.exports.infoCount(id));
    core.exports.infoGet(id, at);
    return readShared(core, this.#links, at);
  }
}

/** A route of the answer, numbers as in its row. */
interface Row {
  readonly id: number;
  readonly serial: number;
  readonly table: number;
  readonly priority: number;
  readonly length: number;
  readonly tos: number;
  readonly dst: number;
}

/** The rows at an address in the order of GWI-32. */
function sorted(u32: Uint32Array, at: number, n: number): Row[] {
  const rows: Row[] = [];
  for (let i = 0; i < n; i++) {
    const row = (at + i * abi.GATEWAY_BYTES) >>> 2;
    const word = (field: number): number => u32[row + (field >>> 2)]!;
    rows.push({
      id: word(abi.GATEWAY_ID),
      serial: word(abi.GATEWAY_SERIAL),
      table: word(abi.GATEWAY_TABLE),
      priority: word(abi.GATEWAY_PRIORITY),
      length: word(abi.GATEWAY_DST_LEN),
      tos: word(abi.GATEWAY_TOS),
      dst: word(abi.GATEWAY_DST),
    });
  }
  return rows.sort(
    (a, b) =>
      b.length - a.length ||
      a.table - b.table ||
      a.tos - b.tos ||
      a.priority - b.priority ||
      a.serial - b.serial,
  );
}

function compareWords(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** Index of an interface by name or index, 0 = any. */
function interfaceOf(links: LinkTable, dev: string | number | undefined, operation: string): number {
  if (dev === undefined) return 0;
  if (typeof dev === 'string') return links.indexOf(dev, operation, false);
  return whole(dev, 'dev', 1, 0x7fffffff, operation);
}

/** Writes an address as 4 words at `at`; its family. */
function writeGateway(core: Core, at: number, gateway: string | number, operation: string): number {
  core.u32.fill(0, at >>> 2, (at >>> 2) + 4);
  if (typeof gateway === 'string' && gateway.includes(':')) {
    const bytes = parseAddress6(gateway);
    const words = new DataView(bytes.buffer, bytes.byteOffset);
    for (let i = 0; i < 4; i++) core.u32[(at >>> 2) + i] = words.getUint32(4 * i);
    return uapi.AF_INET6;
  }
  if (typeof gateway !== 'string' && typeof gateway !== 'number') {
    throw new FibError('EINVAL', operation, { detail: `gateway: expected an address, got ${show(gateway)}` });
  }
  core.u32[at >>> 2] =
    typeof gateway === 'string'
      ? parseAddress4(gateway)
      : whole(gateway, 'gateway', 0, 0xffffffff, operation);
  return uapi.AF_INET;
}

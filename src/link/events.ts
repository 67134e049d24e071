/**
 * link/events.ts - what follows from a change of a link: who is told, and what addresses, routes, nexthop objects and
 * rules make of it (CFG-113..117, FIB-120..131).
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Device, Devices } from '../core/device.js';
import { kindOf, type Kind } from './kinds.js';
import { GROUP_LINK, GROUP_NETCONF, type Notices, type Origin } from '../notices.js';
import type { PortInfo } from '../wire/bridge.js';
import { OFFLOADS, encodeLink, type LinkMessage } from '../wire/link.js';
import { encodeNetconf } from '../wire/netconf.js';

/** The tables that stand on links; the Netns connects them. */
export interface LinkDependents {
  readonly addresses: {
    /** The link is up: its addresses get their routes. */
    linkUp(index: number): void;
    /** The link lost its IPv4 state: its addresses go. */
    linkGone(index: number): void;
    /** The link has another name: labels follow. */
    linkRenamed(index: number, name: string): void;
  };
  readonly routes: {
    pathsDown(index: number, event: number): void;
    pathsUp(index: number): void;
    linkChanged(): void;
  };
  readonly nexthops: { linkLost(index: number): void };
  readonly rules: { attach(index: number): void; detach(index: number): void };
}

/** Events of `pathsDown`. */
const CARRIER_LOST = 0;
const DOWN = 1;
const REMOVED = 3;

/** `change` of a link that comes or goes (NL-23). */
const ALL = 0xffffffff;
/** Why a message is sent, IFLA_EVENT: offloads changed. */
export const EVENT_FEATURES = 2;
/** State of a port that lets frames pass. */
const PORT_FORWARDING = 3;

/** Tells of links and passes on what happens to them. */
export class LinkEvents {
  readonly #devices: Devices;
  readonly #notices: Notices;
  #dependents: LinkDependents | undefined;

  constructor(devices: Devices, notices: Notices) {
    this.#devices = devices;
    this.#notices = notices;
  }

  /** Says who stands on links. */
  connect(dependents: LinkDependents): void {
    this.#dependents = dependents;
  }

  /** Tells what a link is like now; `change` says which flags changed. */
  tell(device: Device, change = 0, event = 0): void {
    const payload = (): Uint8Array =>
      encodeLink({ ...this.message(device, change), ...(event && { event }) });
    this.#notices.publish(GROUP_LINK, uapi.RTM_NEWLINK, 0, payload);
  }

  /** Tells that a link is there. */
  tellNew(device: Device, origin?: Origin): void {
    if (device.hasInet) this.tellInet(device);
    const payload = (): Uint8Array => encodeLink(this.message(device, ALL));
    this.#notices.publish(GROUP_LINK, uapi.RTM_NEWLINK, 0, payload, origin);
  }

  /** Tells that a link goes. */
  tellGone(device: Device, origin?: Origin): void {
    if (device.hasInet) this.tellInetGone(device);
    const payload = (): Uint8Array => encodeLink({ ...this.message(device, ALL), qdisc: 'noop' });
    this.#notices.publish(GROUP_LINK, uapi.RTM_DELLINK, 0, payload, origin);
  }

  /** Tells the sysctls of a link that has IPv4 now. */
  tellInet(device: Device): void {
    const payload = (): Uint8Array => encodeNetconf(device.index, device.confs);
    this.#notices.publish(GROUP_NETCONF, uapi.RTM_NEWNETCONF, 0, payload);
  }

  /** Tells that a link's sysctls are no more. */
  tellInetGone({ index }: Device): void {
    this.#notices.publish(GROUP_NETCONF, uapi.RTM_DELNETCONF, 0, () => encodeNetconf(index));
  }

  /** Tells a port as its bridge sees it. */
  tellPort(device: Device): void {
    const payload = (): Uint8Array => encodeLink(this.portMessage(device));
    this.#notices.publish(GROUP_LINK, uapi.RTM_NEWLINK, 0, payload);
  }

  /** Tells that a bridge loses a port. */
  tellPortGone(device: Device): void {
    const payload = (): Uint8Array => {
      const { portState: _, ...message } = this.portMessage(device);
      return encodeLink(message);
    };
    this.#notices.publish(GROUP_LINK, uapi.RTM_DELLINK, 0, payload);
  }

  /** A link got its name, or got another one. */
  named(device: Device): void {
    this.#dependents?.rules.attach(device.index);
  }

  /** A link has lost its name. */
  unnamed(device: Device): void {
    this.#dependents?.rules.detach(device.index);
  }

  /** A link has another name, and this was told. */
  renamed(device: Device): void {
    if (device.hasInet) {
      this.tellInetGone(device);
      this.tellInet(device);
    }
    this.#dependents?.addresses.linkRenamed(device.index, device.name);
  }

  /** A link is up (CFG-114, FIB-126). */
  opened(device: Device): void {
    this.#dependents?.addresses.linkUp(device.index);
    this.#dependents?.routes.pathsUp(device.index);
  }

  /** A link is up, and what its addresses make of that is told elsewhere (FIB-126). */
  revived(device: Device): void {
    this.#dependents?.routes.pathsUp(device.index);
  }

  /** A link is down (FIB-122, FIB-131). */
  closed(device: Device): void {
    this.#dependents?.nexthops.linkLost(device.index);
    this.#dependents?.routes.pathsDown(device.index, DOWN);
  }

  /** A link that is up has carrier, or has not (FIB-120, FIB-121, FIB-131). */
  carrierSeen(device: Device): void {
    if (device.hasCarrier) {
      this.#dependents?.routes.pathsUp(device.index);
    } else {
      this.#dependents?.nexthops.linkLost(device.index);
      this.#dependents?.routes.pathsDown(device.index, CARRIER_LOST);
    }
    this.shifted();
  }

  /** The MTU of a link has changed, its master, or whether it has carrier (RC-26). */
  shifted(): void {
    this.#dependents?.routes.linkChanged();
  }

  /** A link has lost its IPv4 state, and with it its addresses. */
  inetGone(device: Device): void {
    this.#dependents?.addresses.linkGone(device.index);
    this.tellInetGone(device);
  }

  /** A link goes (CFG-117, FIB-128). */
  removed(device: Device): void {
    this.#dependents?.nexthops.linkLost(device.index);
    this.#dependents?.addresses.linkGone(device.index);
    this.#dependents?.routes.pathsDown(device.index, REMOVED);
    this.#dependents?.rules.detach(device.index);
  }

  /** A link as a message tells it. */
  message(device: Device, change = 0): LinkMessage {
    const kind = kindOf(device.kind);
    const master = this.#devices.get(device.master);
    const isBridgePort = master !== undefined && kindOf(master.kind).name === 'bridge';
    const wants = (flag: number): number => Number((device.flags & flag) !== 0) + Number(isBridgePort);
    const { alias, mode, names } = device.labels;
    const limits = limitsOf(device);
    const message = {
      family: uapi.AF_UNSPEC,
      type: device.type,
      index: device.index,
      flags: device.shownFlags,
      change,
      name: device.name,
      txqlen: device.txqlen,
      operstate: device.isUp ? device.operstate : uapi.IF_OPER_DOWN,
      mtu: device.mtu,
      minMtu: kind.minMtu,
      maxMtu: kind.maxMtu,
      group: device.group,
      ...(limits.size > 0 && { limits }),
      ...(mode !== 0 && { linkMode: mode }),
      ...(alias.length > 0 && { alias: new TextDecoder().decode(alias) }),
      ...(names.length > 0 && { otherNames: names }),
      promiscuity: wants(uapi.IFF_PROMISC),
      allmulti: wants(uapi.IFF_ALLMULTI),
      ...(kind.isBound && { isBound: true }),
      tsoBytes: this.#tsoBytes(device, kind),
      queues: kind.queues,
      ...(device.master !== 0 && { master: device.master }),
      carrier: Number(device.hasCarrier),
      carrierUps: device.carrierUps,
      carrierDowns: device.carrierDowns,
      ...(kind.name !== undefined && { kind: kind.name }),
      ...(device.table !== 0 && { table: device.table }),
      ...(kind.name === 'bridge' && { bridge: { address: device.address } }),
      ...(master !== undefined && { portKind: kindOf(master.kind).name ?? '' }),
      ...(master !== undefined && master.table !== 0 && { portTable: master.table }),
      ...(isBridgePort && { port: portOf(device, master) }),
      ...(kind.name === 'veth' && { link: device.peer }),
      qdisc: (device.given & abi.LINK_WAS_UP) !== 0 ? kind.qdisc : 'noop',
    };
    const { address, broadcast } = device;
    return address.length === 0 ? message : { ...message, address, broadcast };
  }

  #tsoBytes({ index }: Device, { name, tsoBytes }: Kind): number {
    if (name !== 'bridge') return tsoBytes;
    const ports = this.#devices.all().filter(({ master }) => master === index);
    const able = ports.map((port) => kindOf(port.kind).tsoBytes);
    return able.length === 0 ? tsoBytes : Math.min(...able);
  }

  /** A port as its bridge tells it. */
  portMessage(device: Device): LinkMessage {
    const { type, index, flags, name, master, mtu, operstate, address, link } = this.message(device);
    return {
      family: uapi.AF_BRIDGE,
      type,
      index,
      flags,
      change: 0,
      ...(name !== undefined && { name }),
      ...(master !== undefined && { master }),
      ...(mtu !== undefined && { mtu }),
      ...(operstate !== undefined && { operstate }),
      ...(address !== undefined && { address }),
      ...(link !== undefined && { link }),
      portState: device.isForwarding ? PORT_FORWARDING : 0,
    };
  }
}

/** A port as it tells itself. */
function portOf(device: Device, bridge: Device): PortInfo {
  return {
    bridge: bridge.address,
    number: device.port,
    state: device.isForwarding ? PORT_FORWARDING : 0,
    cost: kindOf(device.kind).cost,
  };
}

/** What offloads may put together, as far as somebody has set it. */
function limitsOf({ labels }: Device): ReadonlyMap<number, number> {
  const limits = new Map<number, number>();
  for (const [type] of OFFLOADS) {
    const limit = labels.limit(type);
    if (limit !== undefined) limits.set(type, limit);
  }
  return limits;
}

/**
 * topology/wires.ts - the wires between namespaces, and who hears a frame.
 *
 *   netns a: eth0 ====== wire ====== p1 :netns sw: p2 ====== wire ====== eth0 :netns b
 *                                     \_ bridge br0 _/
 * A wire is a veth pair with an end in each of two namespaces: an end has carrier while both are up. A bridge passes a
 * frame on to its other ports, so that all interfaces behind them hear it.
 */
import * as uapi from '../abi/uapi.js';
import type { Device } from '../core/device.js';
import type { LinkPeer } from '../model/link.js';
import type { Netns } from '../netns.js';
import { GROUP_LINK } from '../notices.js';
import { changeFromMessage } from '../wire/change.js';
import { decodeMessage } from '../wire/nlmsg.js';

/** An interface of a namespace. */
export interface Port {
  readonly netns: string;
  readonly index: number;
}

/** One end of a wire to lay. */
export interface WireEnd extends LinkPeer {
  readonly netns: string;
  readonly name: string;
}

/** The namespaces and the wires between them. */
export class Wires {
  readonly #namespaces: ReadonlyMap<string, Netns>;
  /** The other end of each end. */
  readonly #far = new Map<string, Port>();

  constructor(namespaces: ReadonlyMap<string, Netns>) {
    this.#namespaces = namespaces;
  }

  /** Follows what happens to the ends in a namespace that has come. */
  attach(netns: string, ns: Netns): void {
    ns.notices.subscribe([GROUP_LINK], (message) => this.#follow(netns, message));
  }

  /**
   * Lays a wire. The second end is made last.
   * @throws {FibError} as `ns.link.add`; then there is none of it
   */
  lay(one: WireEnd, other: WireEnd): void {
    if (one.netns === other.netns) {
      const { netns, ...input } = one;
      this.#namespaces.get(netns)!.link.add({ ...input, kind: 'veth', peer: other });
      return;
    }
    const ends = [this.#end(one)];
    try {
      ends.push(this.#end(other));
    } catch (error) {
      this.#namespaces.get(one.netns)!.link.del(one.name);
      throw error;
    }
    this.#join(ends[0]!, ends[1]!);
  }

  /** Takes the end of a wire to another namespace, where it is down and has neither addresses nor routes. */
  move(port: Port, netns: string): void {
    const far = this.far(port)!;
    const from = this.#namespaces.get(port.netns)!;
    const { name, mtu, address = '' } = from.link.list().find(({ index }) => index === port.index)!;
    const to = this.#namespaces.get(netns)!;
    const isFree = to.link.device(port.index) === undefined;
    const { index } = to.link.addEnd({ name, mtu, address, up: false, ...(isFree && { index: port.index }) });
    this.#cut(port);
    from.link.del(name);
    this.#join({ netns, index }, far);
  }

  /** The other end of a wire or of a veth pair inside of a namespace. */
  far(port: Port): Port | undefined {
    const peer = this.device(port)?.peer ?? 0;
    return peer === 0 ? this.#far.get(key(port)) : { netns: port.netns, index: peer };
  }

  /** The interface; undefined when it has gone. */
  device({ netns, index }: Port): Device | undefined {
    return this.#namespaces.get(netns)?.link.device(index);
  }

  /** The interfaces that hear what leaves through one, nearest first. O(ports of the bridges between). */
  hearers(from: Port): Port[] {
    const heard: Port[] = [];
    const seen = new Set([key(from)]);
    const device = this.device(from);
    const isBridge = device !== undefined && this.#ports(from).length > 0;
    const waiting = isBridge ? this.#ports(from).flatMap((port) => this.#across(port)) : this.#across(from);
    for (let port = waiting.shift(); port !== undefined; port = waiting.shift()) {
      const { netns } = port;
      const there = this.device(port);
      if (there === undefined || !there.isUp || !there.hasCarrier) continue;
      const bridge = this.device({ netns, index: there.master });
      if (bridge === undefined || this.#ports({ netns, index: bridge.index }).length === 0) {
        if (!seen.has(key(port))) heard.push(port);
        seen.add(key(port));
      } else if (there.isForwarding) {
        const hub = { netns, index: bridge.index };
        if (seen.has(key(hub))) continue;
        seen.add(key(hub));
        heard.push(hub);
        const { index } = port;
        const others = this.#ports(hub).filter((other) => other.index !== index);
        waiting.push(...others.flatMap((other) => this.#across(other)));
      }
    }
    return heard;
  }

  /** The ports of a bridge that let frames pass. */
  #ports({ netns, index }: Port): Port[] {
    const all = this.#namespaces.get(netns)?.link.all() ?? [];
    const ports = all.filter((device) => device.master === index && device.isForwarding);
    return ports.map((device) => ({ netns, index: device.index }));
  }

  #across(port: Port): Port[] {
    const far = this.far(port);
    return far === undefined ? [] : [far];
  }

  #end({ netns, ...input }: WireEnd): Port {
    const { index } = this.#namespaces.get(netns)!.link.addEnd(input);
    return { netns, index };
  }

  /** Makes two ends those of one wire; inside of one namespace they are a veth pair. */
  #join(one: Port, other: Port): void {
    if (one.netns === other.netns) {
      this.device(one)!.peer = other.index;
      this.device(other)!.peer = one.index;
    } else {
      this.#far.set(key(one), other);
      this.#far.set(key(other), one);
    }
    this.#settle(one, '');
  }

  /** Takes two ends apart; both stay. */
  #cut(port: Port): void {
    const far = this.far(port);
    for (const end of [port, far]) {
      if (end === undefined) continue;
      this.#far.delete(key(end));
      const device = this.device(end);
      if (device !== undefined) device.peer = 0;
    }
  }

  /** Something happened to a link of a namespace: the other end of its wire follows. */
  #follow(netns: string, message: Uint8Array): void {
    const change = changeFromMessage(decodeMessage(message));
    if (change?.kind !== 'link') return;
    const port = { netns, index: change.index };
    const far = this.#far.get(key(port));
    if (far === undefined) return;
    if (change.op === 'add') return this.#settle(port, netns);
    this.#cut(port);
    const other = this.device(far);
    if (other !== undefined) this.#namespaces.get(far.netns)!.link.del(other.name);
  }

  /** Gives both ends carrier if both are up; in namespace `inside` an operation is going on. */
  #settle(one: Port, inside: string): void {
    const other = this.far(one)!;
    const isLive = [one, other].every((port) => this.device(port)?.isUp === true);
    for (const port of [one, other]) {
      const device = this.device(port);
      if (device === undefined || device.hasCarrier === isLive) continue;
      this.#namespaces.get(port.netns)!.link.plug(device, isLive, port.netns === inside);
    }
  }
}

/** True for a device on which nobody is asked for an address: what leaves through it is taken, or lost. */
export function isSilent(device: Device): boolean {
  return (device.flags & (uapi.IFF_NOARP | uapi.IFF_POINTOPOINT | uapi.IFF_LOOPBACK)) !== 0;
}

function key({ netns, index }: Port): string {
  return `${index} ${netns}`;
}

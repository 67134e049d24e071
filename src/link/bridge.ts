/**
 * link/bridge.ts - bridges and their ports: who lets frames pass, and what a bridge takes from its ports.
 *
 * A port forwards while it and its bridge are up and it has carrier. A bridge has carrier while a port forwards, the
 * lowest hardware address and the smallest MTU of its ports, unless somebody set them. The messages and their order
 * are those of 6.18, by experiment.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Carrier } from './carrier.js';
import { ETH_ALEN, type Device, type Devices } from '../core/device.js';
import { EVENT_FEATURES, type LinkEvents } from './events.js';
import { kindOf } from './kinds.js';

/** The bridges of one Netns. */
export class Bridges {
  readonly #devices: Devices;
  readonly #carrier: Carrier;
  readonly #events: LinkEvents;

  constructor(devices: Devices, carrier: Carrier, events: LinkEvents) {
    this.#devices = devices;
    this.#carrier = carrier;
    this.#events = events;
  }

  /** The bridge that a device is a port of. */
  of(port: Device): Device | undefined {
    const master = this.#devices.get(port.master);
    return master?.kind === abi.LINK_BRIDGE ? master : undefined;
  }

  /** Ports of a bridge, the latest first. */
  ports(bridge: Device): Device[] {
    const { index } = bridge;
    const ports = this.#devices.all().filter(({ master }) => master === index);
    return ports.sort((a, b) => b.port - a.port);
  }

  /** Makes a device a port. */
  join(port: Device, bridge: Device): void {
    const others = this.ports(bridge);
    port.port = (others[0]?.port ?? 0) + 1;
    port.master = bridge.index;
    this.#events.tell(port);
    this.#events.tell(port, uapi.IFF_PROMISC);
    if (others.length === 0) this.#events.tell(bridge, 0, EVENT_FEATURES);
    this.#events.tellPort(port);
    this.tuneCarrier(bridge);
    if (canForward(port, bridge)) this.#forward(port);
    this.#derive(bridge);
  }

  /** Lets a port go while it and its bridge stay. */
  leave(port: Device, bridge: Device): void {
    this.#detach(port);
    this.#adopt(bridge);
  }

  /** Lets all ports go, before the bridge does. */
  dissolve(bridge: Device): void {
    const ports = this.ports(bridge);
    ports.forEach((port) => this.#detach(port));
    if (ports.length > 0) this.tuneCarrier(bridge);
  }

  /** Lets a port go because it goes itself. */
  lose(port: Device, bridge: Device): void {
    this.#release(port);
    this.#adopt(bridge);
  }

  /** A bridge goes up; its ports begin to forward. */
  open(bridge: Device): void {
    const ports = this.ports(bridge);
    for (const port of ports) if (canForward(port, bridge)) this.#forward(port);
    if (ports.length > 0) this.tuneCarrier(bridge);
  }

  /** A bridge goes down; its ports stop. */
  close(bridge: Device): void {
    const forwarding = this.ports(bridge).filter(({ isForwarding }) => isForwarding);
    for (const port of forwarding) {
      port.isForwarding = false;
      this.#events.tellPort(port);
    }
    if (forwarding.length > 0) this.tuneCarrier(bridge);
  }

  /** Something happened to a port: up, down, carrier, or a change of what it is. */
  portChanged(port: Device): void {
    const bridge = this.of(port);
    if (bridge === undefined) return;
    const can = canForward(port, bridge);
    if (can && !port.isForwarding) this.#forward(port);
    else {
      port.isForwarding = can;
      this.#events.tellPort(port);
    }
    this.tuneCarrier(bridge);
  }

  /** Takes carrier, address and MTU from the ports, as far as nobody set them; tells of changes. */
  portTuned(port: Device): void {
    const bridge = this.of(port);
    if (bridge !== undefined) this.#derive(bridge);
  }

  /** A port passes through two states on its way to forward. */
  #forward(port: Device): void {
    port.isForwarding = true;
    this.#events.tellPort(port);
    this.#events.tellPort(port);
  }

  #detach(port: Device): void {
    this.#events.tell(port, uapi.IFF_PROMISC);
    this.#release(port);
    this.#events.tell(port);
  }

  #release(port: Device): void {
    port.isForwarding = false;
    this.#events.tellPort(port);
    this.#events.tellPortGone(port);
    port.master = 0;
  }

  /** What becomes of a bridge that lost a port. */
  #adopt(bridge: Device): void {
    this.#derive(bridge);
    if (this.ports(bridge).length === 0) this.#events.tell(bridge, 0, EVENT_FEATURES);
  }

  #derive(bridge: Device): void {
    this.tuneCarrier(bridge);
    const ports = this.ports(bridge);
    if ((bridge.given & abi.LINK_GIVEN_ADDRESS) === 0) {
      const lowest = lowestAddress(ports);
      if (compare(lowest, bridge.address) !== 0) {
        bridge.address = lowest;
        this.#events.tell(bridge);
      }
    }
    if ((bridge.given & abi.LINK_GIVEN_MTU) === 0) {
      const smallest = ports.reduce((mtu, port) => Math.min(mtu, port.mtu), Infinity);
      const mtu = ports.length === 0 ? kindOf(bridge.kind).mtu : smallest;
      if (mtu !== bridge.mtu) {
        bridge.mtu = mtu;
        this.#events.tell(bridge);
      }
    }
  }

  /** Gives a bridge carrier if one of its ports forwards. One that never looked has carrier without ports. */
  tuneCarrier(bridge: Device): void {
    this.#carrier.set(
      bridge,
      this.ports(bridge).some(({ isForwarding }) => isForwarding),
    );
  }
}

function canForward(port: Device, bridge: Device): boolean {
  return bridge.isUp && port.isUp && port.hasCarrier;
}

/** The lowest hardware address of ports, all zero when there is none. */
function lowestAddress(ports: readonly Device[]): Uint8Array {
  let lowest: Uint8Array | undefined;
  for (const { address } of ports) {
    if (lowest === undefined || compare(address, lowest) < 0) lowest = address;
  }
  return lowest ?? new Uint8Array(ETH_ALEN);
}

/** Orders bytes; 0 when they are the same. */
function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < ETH_ALEN; i++) {
    const order = (a[i] ?? 0) - (b[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

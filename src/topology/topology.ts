/**
 * topology/topology.ts - class Topology: several Netns joined by links, and where a packet goes between them.
 *
 *   wires.ts  virtual links, and who hears a frame    trace.ts  a packet, hop by hop    lab.ts  labs as lists of commands
 *
 * Everything else is done to the namespaces themselves: `lab.netns('r1').route.add(...)`. The same calls give the same
 * traces.
 */
import { FibError } from '../errors.js';
import { Netns } from '../inline.js';
import type { Netns as Base } from '../netns.js';
import { runLab } from './lab.js';
import { Tracer, type Packet, type Trace } from './trace.js';
import { Wires, type WireEnd } from './wires.js';

/** How the namespaces of a topology are made. */
export interface TopologyOptions<N extends Base = Netns> {
  /** Default: `Netns.create`. */
  readonly create?: () => N;
}

/** Several namespaces and the wires between them. */
export class Topology<N extends Base = Netns> {
  readonly #namespaces = new Map<string, N>();
  readonly #wires = new Wires(this.#namespaces);
  readonly #tracer = new Tracer(this.#namespaces, this.#wires);
  readonly #create: () => N;

  constructor({ create = () => Netns.create() as Base as N }: TopologyOptions<N> = {}) {
    this.#create = create;
  }

  /**
   * Makes a topology from a lab: commands that a shell would run as root, one a line (docs/TOPOLOGY.md).
   * @throws {FibError} EINVAL a line that is none of these, or that is refused, with its number
   */
  static lab(text: string): Topology {
    const topology = new Topology();
    topology.run(text);
    return topology;
  }

  /** Runs commands as those of a lab, and gives what they print. Errors as `lab`; what came before a refusal stays. */
  run(text: string): string {
    return runLab(this, text);
  }

  /** Makes a namespace, as `ip netns add` does: loopback is down. @throws {FibError} EEXIST; EINVAL no name */
  add(name: string): N {
    if (typeof name !== 'string' || name === '' || /[\s/]/.test(name)) {
      throw new FibError('EINVAL', 'netns add', { detail: `name: got ${JSON.stringify(name)}` });
    }
    if (this.#namespaces.has(name)) throw new FibError('EEXIST', 'netns add', { detail: name });
    const ns = this.#create();
    this.#namespaces.set(name, ns);
    this.#wires.attach(name, ns);
    return ns;
  }

  /** The namespace of this name. @throws {FibError} ENOENT */
  netns(name: string): N {
    const ns = this.#namespaces.get(name);
    if (ns === undefined) throw new FibError('ENOENT', 'netns', { detail: name });
    return ns;
  }

  /** The names of all namespaces, in the order in which they came. */
  names(): string[] {
    return [...this.#namespaces.keys()];
  }

  /** Takes a namespace away, with its links and the other ends of its wires. @throws {FibError} ENOENT */
  del(name: string): void {
    const ns = this.netns(name);
    for (const { name: link, kind } of ns.link.list()) {
      if (kind === 'veth' && ns.link.get(link) !== undefined) ns.link.del(link);
    }
    this.#namespaces.delete(name);
    ns.close();
  }

  /**
   * Joins two namespaces by a wire, a veth pair with an end in each (or both in one). The ends are up unless they say otherwise; each has
   * carrier while both are.
   * @throws {FibError} ENOENT no such namespace; as `ns.link.add`
   */
  connect(one: WireEnd, other: WireEnd): void {
    for (const { netns } of [one, other]) this.netns(netns);
    this.#wires.lay(one, other);
  }

  /**
   * Takes the end of a wire to another namespace, as `ip link set DEV netns NAME` does: it is down there, without addresses.
   * @throws {FibError} ENOENT no such namespace; ENODEV no such link; EOPNOTSUPP it is no end of a wire; EEXIST
   */
  move(end: { readonly netns: string; readonly name: string }, netns: string): void {
    const link = this.netns(end.netns).link.named(end.name);
    this.netns(netns);
    if (link === undefined) throw new FibError('ENODEV', 'link set', { detail: end.name });
    const port = { netns: end.netns, index: link.index };
    if (this.#wires.far(port) === undefined) {
      throw new FibError('EOPNOTSUPP', 'link set', { detail: `${end.name} is no end of a wire` });
    }
    if (netns !== end.netns) this.#wires.move(port, netns);
  }

  /**
   * Follows a packet that is made in a namespace, hop by hop: output and input decisions, who answers for the next hop,
   * time to live, sizes. Nothing is changed, but for route caches, which learn.
   * @throws {FibError} ENOENT no such namespace; EINVAL, ENODEV what no packet can be
   */
  trace(from: string, packet: string | Packet): Trace {
    this.netns(from);
    return this.#tracer.trace(from, typeof packet === 'string' ? { dst: packet } : packet);
  }

  /** Lets time pass in all namespaces. @throws {FibError} EINVAL */
  advance(ms: number): void {
    for (const ns of this.#namespaces.values()) ns.advance(ms);
  }

  /** Closes all namespaces. */
  close(): void {
    for (const ns of this.#namespaces.values()) ns.close();
    this.#namespaces.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

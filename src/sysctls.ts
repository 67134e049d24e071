/**
 * sysctls.ts - the switches under /proc/sys/net: `ns.sysctl`.
 *
 * Names are those of sysctl(8): `net.ipv4.conf.eth0.rp_filter`, or with slashes, `net/ipv4/conf/eth0/rp_filter`; the
 * name of a device may have dots itself. What a write does beyond its own value:
 *   ip_forward, conf.all.forwarding   are one; a new value goes to `default` and to every device
 *   conf.default.*                    goes to the devices that never had a value of their own, but for a few names
 *   net.ipv6.conf.all.disable_ipv6    goes to `default` and to every device
 * A new device takes what `default` has. Values of devices are kept as bytes: 0..255, where Linux takes any integer.
 * Names that routing does not ask are accepted, kept and given back, and nothing else (inert).
 */
import * as abi from './abi/records.js';
import { RTM_NEWNETCONF } from './abi/uapi.js';
import { outOfMemory, type Core } from './core/core.js';
import type { Device } from './core/device.js';
import { show } from './core/route.js';
import { FibError } from './errors.js';
import type { LinkTable } from './links.js';
import { GROUP_NETCONF, type Notices } from './notices.js';
import { RouteSysctls } from './route-sysctls.js';
import { NETCONF_ALL, NETCONF_DEFAULT, TOLD_CHANGES, encodeNetconf } from './wire/netconf.js';

/** A switch of the namespace: where its word is, and what it may be. */
interface Word {
  readonly word: number;
  readonly min: number;
  readonly max: number;
}

const WORDS: Readonly<Record<string, Word>> = {
  'ipv4.fib_multipath_hash_policy': { word: abi.SYSCTL_HASH_POLICY, min: 0, max: 3 },
  'ipv4.fib_multipath_hash_fields': { word: abi.SYSCTL_HASH_FIELDS, min: 1, max: 4095 },
  'ipv4.fib_multipath_hash_seed': { word: abi.SYSCTL_HASH_SEED, min: 0, max: 0xffffffff },
  'ipv4.fib_multipath_use_neigh': { word: abi.SYSCTL_USE_NEIGH, min: 0, max: 1 },
  'ipv4.nexthop_compat_mode': { word: abi.SYSCTL_NEXTHOP_COMPAT, min: 0, max: 1 },
};

/** Switches of devices that routing asks, with their places. */
const CONF: Readonly<Record<string, number>> = {
  'ipv4.accept_local': abi.CONF_ACCEPT_LOCAL,
  'ipv4.accept_redirects': abi.CONF_ACCEPT_REDIRECTS,
  'ipv4.accept_source_route': abi.CONF_ACCEPT_SOURCE_ROUTE,
  'ipv4.bc_forwarding': abi.CONF_BC_FORWARDING,
  'ipv4.forwarding': abi.CONF_FORWARDING,
  'ipv4.ignore_routes_with_linkdown': abi.CONF_IGNORE_LINKDOWN,
  'ipv4.log_martians': abi.CONF_LOG_MARTIANS,
  'ipv4.promote_secondaries': abi.CONF_PROMOTE_SECONDARIES,
  'ipv4.route_localnet': abi.CONF_ROUTE_LOCALNET,
  'ipv4.rp_filter': abi.CONF_RP_FILTER,
  'ipv4.secure_redirects': abi.CONF_SECURE_REDIRECTS,
  'ipv4.send_redirects': abi.CONF_SEND_REDIRECTS,
  'ipv4.shared_media': abi.CONF_SHARED_MEDIA,
  'ipv4.src_valid_mark': abi.CONF_SRC_VALID_MARK,
  'ipv6.disable_ipv6': abi.CONF_DISABLE_IPV6,
};

/** Those that a write of `default` does not bring to devices. */
const STAYS_DEFAULT: ReadonlySet<string> = new Set([
  'ipv4.forwarding',
  'ipv4.promote_secondaries',
  'ipv4.route_localnet',
  'ipv6.disable_ipv6',
]);

/** Inert switches of the namespace with their defaults and bounds. */
const INERT_WORDS: Readonly<Record<string, readonly [value: number, min: number, max: number]>> = {
  'ipv4.fwmark_reflect': [0, 0, 255],
  'ipv4.icmp_echo_ignore_all': [0, 0, 1],
  'ipv4.icmp_echo_ignore_broadcasts': [1, 0, 1],
  'ipv4.ip_default_ttl': [64, 1, 255],
  'ipv4.ip_forward_update_priority': [1, 0, 1],
  'ipv4.ip_forward_use_pmtu': [0, 0, 255],
  'ipv4.ip_no_pmtu_disc': [0, 0, 3],
  'ipv4.ip_nonlocal_bind': [0, 0, 255],
  'ipv6.fib_multipath_hash_fields': [7, 1, 4095],
  'ipv6.fib_multipath_hash_policy': [0, 0, 3],
  // Those of the route cache that 6.18 still has (RC-119); with a cache they are words of it.
  'ipv4.route.min_adv_mss': [256, -0x80000000, 0x7fffffff],
  'ipv4.route.min_pmtu': [552, 68, 0x7fffffff],
  'ipv4.route.mtu_expires': [600, -2147483, 2147483],
};

/** Inert switches of devices with their defaults. */
const INERT_CONF: Readonly<Record<string, number>> = {
  'ipv4.arp_accept': 0,
  'ipv4.arp_announce': 0,
  'ipv4.arp_evict_nocarrier': 1,
  'ipv4.arp_filter': 0,
  'ipv4.arp_ignore': 0,
  'ipv4.arp_notify': 0,
  'ipv4.bootp_relay': 0,
  'ipv4.disable_policy': 0,
  'ipv4.disable_xfrm': 0,
  'ipv4.drop_gratuitous_arp': 0,
  'ipv4.drop_unicast_in_l2_multicast': 0,
  'ipv4.force_igmp_version': 0,
  'ipv4.igmpv2_unsolicited_report_interval': 10000,
  'ipv4.igmpv3_unsolicited_report_interval': 1000,
  'ipv4.medium_id': 0,
  'ipv4.proxy_arp': 0,
  'ipv4.proxy_arp_pvlan': 0,
  'ipv4.tag': 0,
  'ipv6.accept_dad': 1,
  'ipv6.accept_ra': 1,
  'ipv6.accept_redirects': 1,
  'ipv6.addr_gen_mode': 0,
  'ipv6.autoconf': 1,
  'ipv6.forwarding': 0,
  'ipv6.ignore_routes_with_linkdown': 0,
  'ipv6.router_solicitations': -1,
};

const I32_MIN = -0x80000000;
const I32_MAX = 0x7fffffff;
const BYTE_MAX = 255;
/** Another name of `conf.all.forwarding`. */
const IP_FORWARD = 'ipv4.ip_forward';
/** The switch of IPv6 that routing asks: a path with an IPv6 gateway wants a device where it is off. */
const DISABLE_IPV6 = 'ipv6.disable_ipv6';

/** Switches whose change may make another decision, and proxy ARP: the route cache starts anew. */
const FLUSHING: ReadonlySet<string> = new Set([
  IP_FORWARD,
  ...Object.keys(WORDS),
  ...Object.keys(CONF),
  'ipv4.proxy_arp',
  'ipv4.proxy_arp_pvlan',
]);

/** Write-only: makes the route cache expire, if there is one. */
const FLUSH = 'ipv4.route.flush';

/** Whose switch of devices it is. */
type Scope = 'all' | 'default' | Device;

/** A switch, found by its name; `key` begins with the family. */
type Switch =
  | { readonly of: 'namespace' | 'cache'; readonly key: string }
  | { readonly of: 'device'; readonly key: string; readonly scope: Scope };

/** The sysctls of one Netns. */
export class Sysctls {
  readonly #core: Core;
  readonly #links: LinkTable;
  readonly #notices: Notices;
  readonly #cache: RouteSysctls;

  constructor(core: Core, links: LinkTable, notices: Notices) {
    this.#core = core;
    this.#links = links;
    this.#notices = notices;
    this.#cache = new RouteSysctls(core);
  }

  /**
   * Writes a switch, as `sysctl -w` does.
   * @throws {FibError} ENOENT no such name or device; EINVAL no number, or one out of range; ENOBUFS
   */
  set(name: string, value: number | string): void {
    const found = this.#find(name, 'sysctl set');
    const number = readNumber(value);
    const [min, max] = this.#bounds(found);
    if (number === undefined || number < min || number > max) {
      throw new FibError('EINVAL', 'sysctl set', {
        detail: `${name}: expected ${min}..${max}, got ${show(value)}`,
      });
    }
    if (FLUSHING.has(found.key) && this.#get(found) !== number) this.#core.exports.cacheFlush(0); // RC-26
    if (found.of === 'device') this.#setConf(found.key, found.scope, number);
    else if (found.of === 'cache') this.#cache.set(found.key, number);
    else this.#setWord(found.key, number);
  }

  /**
   * Reads a switch.
   * @throws {FibError} ENOENT no such name or device; EINVAL it can only be written
   */
  get(name: string): number {
    const found = this.#find(name, 'sysctl get');
    if (found.key !== FLUSH) return this.#get(found);
    throw new FibError('EINVAL', 'sysctl get', { detail: `${name} can only be written` });
  }

  /**
   * Every switch that can be read, with its value: those of the namespace, of the route cache, then `all`, `default` and
   * the devices by index.
   */
  list(): { readonly name: string; readonly value: number }[] {
    const ofCache = this.#cache.keys();
    const found: Switch[] = NAMESPACE_KEYS.filter((key) => key !== FLUSH && !ofCache.includes(key)).map(
      (key) => ({
        of: 'namespace',
        key,
      }),
    );
    for (const key of ofCache) found.push({ of: 'cache', key });
    const rows = found.map((one) => ({ name: `net.${one.key}`, value: this.#get(one) }));
    const devices = this.#links.all().filter(({ hasInet }) => hasInet);
    for (const scope of ['all', 'default', ...devices] as const) {
      const label = (typeof scope === 'string' ? scope : scope.name).replaceAll('.', '/');
      for (const key of DEVICE_KEYS) {
        const name = `net.${key.replace('.', `.conf.${label}.`)}`;
        rows.push({ name, value: this.#get({ of: 'device', key, scope }) });
      }
    }
    return rows;
  }

  #get(found: Switch): number {
    if (found.of === 'device') return this.#getConf(found.key, found.scope);
    const { key } = found;
    if (found.of === 'cache') return this.#cache.get(key);
    if (key === IP_FORWARD) return this.#getConf('ipv4.forwarding', 'all');
    const word = WORDS[key];
    if (word !== undefined) return this.#core.u32[wordAt(word)]!;
    return this.#inert(abi.SWITCH_OF_NAMESPACE, INERT_WORD_KEYS, key) ?? INERT_WORDS[key]![0];
  }

  #getConf(key: string, scope: Scope): number {
    const place = CONF[key];
    if (place === undefined) return this.#inertConf(key, scope);
    return typeof scope === 'string' ? this.#core.u8[CONF_AT[scope] + place]! : scope.conf(place);
  }

  /** An inert switch of a device that nobody wrote is what `default` says. */
  #inertConf(key: string, scope: Scope): number {
    const own = this.#inert(ownerOf(scope), INERT_CONF_KEYS, key);
    if (own !== undefined || scope === 'all') return own ?? INERT_CONF[key]!;
    return this.#inert(abi.SWITCH_OF_DEFAULT, INERT_CONF_KEYS, key) ?? INERT_CONF[key]!;
  }

  /** Least and greatest value of a switch. */
  #bounds({ of, key }: Switch): readonly [number, number] {
    if (of === 'cache') return this.#cache.bounds(key);
    if (of === 'device') return CONF[key] === undefined ? [I32_MIN, I32_MAX] : [0, BYTE_MAX];
    if (key === FLUSH) return [I32_MIN, I32_MAX];
    if (key === IP_FORWARD) return [0, BYTE_MAX];
    const word = WORDS[key];
    if (word !== undefined) return [word.min, word.max];
    const [, min, max] = INERT_WORDS[key]!;
    return [min, max];
  }

  #setWord(key: string, value: number): void {
    const word = WORDS[key];
    if (key === IP_FORWARD) this.#setConf('ipv4.forwarding', 'all', value);
    else if (key === FLUSH) this.#cache.flush(value);
    else if (word !== undefined) this.#core.u32[wordAt(word)] = value;
    else this.#setInert(abi.SWITCH_OF_NAMESPACE, INERT_WORD_KEYS, key, value);
  }

  #setConf(key: string, scope: Scope, value: number): void {
    const place = CONF[key];
    if (place === abi.CONF_IGNORE_LINKDOWN) this.#core.stir();
    if (place === undefined) {
      this.#setInert(ownerOf(scope), INERT_CONF_KEYS, key, value);
      return;
    }
    const isNew = this.#getConf(key, scope) !== value;
    this.#setByte(scope, place, value);
    if (isNew) this.#tell(scope, place);
    if (scope === 'default' && !STAYS_DEFAULT.has(key)) this.#spread(place, value, 1 << place, false);
    // Forwarding goes around only when it changes; that of a device stays else.
    if (scope === 'all' && (key === DISABLE_IPV6 || (key === 'ipv4.forwarding' && isNew))) {
      this.#setByte('default', place, value);
      this.#tell('default', place);
      this.#spread(place, value, 0, true);
    }
  }

  #setByte(scope: Scope, place: number, value: number): void {
    if (typeof scope === 'string') {
      this.#core.u8[CONF_AT[scope] + place] = value;
    } else {
      scope.setConf(place, value);
      scope.confSet |= 1 << place;
    }
  }

  /** Writes a switch of all devices, but of those where one of the bits `unless` says that they have their own. */
  #spread(place: number, value: number, unless: number, isTold: boolean): void {
    for (const device of this.#links.all()) {
      if ((device.confSet & unless) !== 0) continue;
      device.setConf(place, value);
      if (isTold && device.hasInet) this.#tell(device, place);
    }
  }

  /** Tells of a switch that has changed, if the kernel would. */
  #tell(scope: Scope, place: number): void {
    if (!TOLD_CHANGES.includes(place)) return;
    const payload = (): Uint8Array => {
      if (typeof scope !== 'string') return encodeNetconf(scope.index, scope.confs, place);
      const conf = this.#core.u8.subarray(CONF_AT[scope], CONF_AT[scope] + abi.CONF_BYTES);
      return encodeNetconf(scope === 'all' ? NETCONF_ALL : NETCONF_DEFAULT, conf, place);
    };
    this.#notices.publish(GROUP_NETCONF, RTM_NEWNETCONF, 0, payload);
  }

  /** An inert switch that somebody wrote; its number is its place among the keys. */
  #inert(owner: number, keys: readonly string[], key: string): number | undefined {
    const at = this.#core.exports.switchGet(owner, keys.indexOf(key)) >>> 0;
    return at === 0 ? undefined : this.#core.view.getInt32(at, true);
  }

  #setInert(owner: number, keys: readonly string[], key: string, value: number): void {
    if (this.#core.exports.switchSet(owner, keys.indexOf(key), value) < 0) throw outOfMemory('sysctl set');
  }

  #find(name: string, operation: string): Switch {
    const [root, family, third, ...rest] = typeof name === 'string' ? split(name) : [];
    if (root === 'net' && family !== undefined && third !== undefined) {
      const whole = [family, third, ...rest].join('.');
      if (this.#cache.keys().includes(whole)) return { of: 'cache', key: whole };
      if (NAMESPACE_KEYS.includes(whole)) return { of: 'namespace', key: whole };
      const found = `${family}.${rest.at(-1)}`;
      const scope =
        third === 'conf' && rest.length > 1 ? this.#scope(rest.slice(0, -1).join('.')) : undefined;
      if (scope !== undefined && DEVICE_KEYS.includes(found)) return { of: 'device', key: found, scope };
    }
    throw new FibError('ENOENT', operation, { detail: show(name) });
  }

  #scope(name: string): Scope | undefined {
    if (name === 'all' || name === 'default') return name;
    const device = this.#links.named(name);
    return device?.hasInet === true ? device : undefined;
  }
}

/** Their order is part of the format of snapshots: a new key goes to the end. */
const INERT_WORD_KEYS: readonly string[] = Object.keys(INERT_WORDS);
const INERT_CONF_KEYS: readonly string[] = Object.keys(INERT_CONF);
const NAMESPACE_KEYS: readonly string[] = [IP_FORWARD, FLUSH, ...Object.keys(WORDS), ...INERT_WORD_KEYS];
const DEVICE_KEYS: readonly string[] = [...Object.keys(CONF), ...INERT_CONF_KEYS];

/** Where the bytes of `all` and `default` are. */
const CONF_AT = { all: abi.STATE_CONF_ALL, default: abi.STATE_CONF_DEFAULT } as const;

/** Index of a switch's word in the memory. */
function wordAt({ word }: Word): number {
  return (abi.STATE_SYSCTL >>> 2) + word;
}

/** Whose inert switches those of a scope are. */
function ownerOf(scope: Scope): number {
  if (typeof scope !== 'string') return scope.index;
  return scope === 'all' ? abi.SWITCH_OF_ALL : abi.SWITCH_OF_DEFAULT;
}

/** The parts of a name: the separator that comes first separates, the other one stands for it inside a part. */
function split(name: string): string[] {
  const separator = /[./]/.exec(name)?.[0];
  if (separator !== '.') return name.split('/');
  return name.split('.').map((part) => part.replaceAll('/', '.'));
}

/** A whole number as sysctl(8) takes it, decimal or hexadecimal. */
function readNumber(value: unknown): number | undefined {
  const isText = typeof value === 'string' && /^\s*-?(\d+|0x[0-9a-f]+)\s*$/i.test(value);
  const number = isText ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

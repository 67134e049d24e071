/**
 * text/names.ts - the words that `ip route` puts for numbers, as a fresh installation knows them.
 *
 * iproute2 reads them from files that an administrator may edit; here they are fixed. A number without a word is
 * written as a number. Rules NL-17, FIB-1, FIB-89, PROC-35..37; seen with iproute2 6.1.
 */
import * as uapi from '../abi/uapi.js';

/** Words and numbers of one field, both ways. */
export interface Names {
  /** Number of a word, or undefined. */
  readonly number: ReadonlyMap<string, number>;
  /** Word of a number, or undefined. */
  readonly word: ReadonlyMap<number, string>;
}

function names(
  list: readonly (readonly [number, string])[],
  aliases: readonly (readonly [number, string])[] = [],
): Names {
  return {
    number: new Map([...list, ...aliases].map(([number, word]) => [word, number])),
    word: new Map(list),
  };
}

/**
 * Routing protocols (NL-17). Some are read but not written: iproute2 6.1 writes 17 for `mrouted`, and numbers for those that
 * the package of FRR names in /etc/iproute2/rt_protos.d.
 */
export const PROTOCOLS = names(
  [
    [uapi.RTPROT_UNSPEC, 'unspec'],
    [1, 'redirect'],
    [uapi.RTPROT_KERNEL, 'kernel'],
    [uapi.RTPROT_BOOT, 'boot'],
    [uapi.RTPROT_STATIC, 'static'],
    [8, 'gated'],
    [9, 'ra'],
    [10, 'mrt'],
    [11, 'zebra'],
    [12, 'bird'],
    [13, 'dnrouted'],
    [14, 'xorp'],
    [15, 'ntk'],
    [16, 'dhcp'],
    [18, 'keepalived'],
    [42, 'babel'],
    [99, 'openr'],
    [186, 'bgp'],
    [187, 'isis'],
    [188, 'ospf'],
    [189, 'rip'],
    [192, 'eigrp'],
  ],
  [
    [17, 'mrouted'],
    [190, 'ripng'],
    [191, 'nhrp'],
    [193, 'ldp'],
    [194, 'sharp'],
    [195, 'pbr'],
    [197, 'openfabric'],
  ],
);

/** Scopes (FIB-89). */
export const SCOPE_NAMES = names(
  [
    [uapi.RT_SCOPE_UNIVERSE, 'global'],
    [uapi.RT_SCOPE_SITE, 'site'],
    [uapi.RT_SCOPE_LINK, 'link'],
    [uapi.RT_SCOPE_HOST, 'host'],
    [uapi.RT_SCOPE_NOWHERE, 'nowhere'],
  ],
  [[uapi.RT_SCOPE_UNIVERSE, 'universe']],
);

/** Tables (FIB-1). */
export const TABLE_NAMES = names([
  [uapi.RT_TABLE_UNSPEC, 'unspec'],
  [uapi.RT_TABLE_DEFAULT, 'default'],
  [uapi.RT_TABLE_MAIN, 'main'],
  [uapi.RT_TABLE_LOCAL, 'local'],
]);

/** Values of the dsfield byte: RFC 2474 class selectors, RFC 2597 and RFC 3246 per-hop behaviours. */
export const DSFIELD_NAMES = names([
  [0x00, 'default'],
  [0x20, 'CS1'],
  [0x28, 'AF11'],
  [0x30, 'AF12'],
  [0x38, 'AF13'],
  [0x40, 'CS2'],
  [0x48, 'AF21'],
  [0x50, 'AF22'],
  [0x58, 'AF23'],
  [0x60, 'CS3'],
  [0x68, 'AF31'],
  [0x70, 'AF32'],
  [0x78, 'AF33'],
  [0x80, 'CS4'],
  [0x88, 'AF41'],
  [0x90, 'AF42'],
  [0x98, 'AF43'],
  [0xa0, 'CS5'],
  [0xb8, 'EF'],
  [0xc0, 'CS6'],
  [0xe0, 'CS7'],
]);

/** Realms: only 0 has a word. */
export const REALM_NAMES = names([[0, 'cosmos']]);

/** IPv6 router preference (V6-7). */
export const PREF_NAMES = names([
  [0, 'medium'],
  [1, 'high'],
  [3, 'low'],
]);

/** Route and nexthop flags as bits of rtm_flags, in the order of output (PROC-37). */
export const FLAG_NAMES = names([
  [uapi.RTNH_F_DEAD, 'dead'],
  [uapi.RTNH_F_ONLINK, 'onlink'],
  [uapi.RTNH_F_PERVASIVE, 'pervasive'],
  [uapi.RTNH_F_OFFLOAD, 'offload'],
  [uapi.RTNH_F_TRAP, 'trap'],
  [uapi.RTM_F_NOTIFY, 'notify'],
  [uapi.RTNH_F_LINKDOWN, 'linkdown'],
  [uapi.RTNH_F_UNRESOLVED, 'unresolved'],
  [uapi.RTM_F_OFFLOAD, 'rt_offload'],
  [uapi.RTM_F_TRAP, 'rt_trap'],
  [uapi.RTM_F_OFFLOAD_FAILED, 'rt_offload_failed'],
]);

/** Groups of interfaces. */
const GROUP_NAMES = names([[0, 'default']]);

/** The names of one installation. */
export interface NameTables {
  readonly tables: Names;
  readonly protocols: Names;
  readonly scopes: Names;
  readonly realms: Names;
  readonly dsfields: Names;
  readonly groups: Names;
}

/** Names besides the usual ones, by what they name: `{ tables: { blue: 100 } }`. */
export type AddedNames = { readonly [of in keyof NameTables]?: Readonly<Record<string, number>> };

/** The usual names with more: of two names for a number the later one is written, both are read. */
export function nameTables(added: AddedNames = {}): NameTables {
  const more = (usual: Names, list: Readonly<Record<string, number>> = {}): Names => {
    const own = [...usual.word].map(([value, name]) => [name, value] as const); // without those that are only read
    const all = [...own, ...Object.entries(list)];
    return { number: new Map(all), word: new Map(all.map(([name, value]) => [value, name])) };
  };
  return {
    tables: more(TABLE_NAMES, added.tables),
    protocols: more(PROTOCOLS, added.protocols),
    scopes: more(SCOPE_NAMES, added.scopes),
    realms: more(REALM_NAMES, added.realms),
    dsfields: more(DSFIELD_NAMES, added.dsfields),
    groups: more(GROUP_NAMES, added.groups),
  };
}

/** The word of a number, or the number in decimal. */
export function nameOf(of: Names, number: number): string {
  return of.word.get(number) ?? String(number);
}

/** The words of the bits set in `flags`, in the order of output; bits without a word are passed over. */
export function flagWords(flags: number): string[] {
  const words: string[] = [];
  for (const [bit, word] of FLAG_NAMES.word) if (flags & bit) words.push(word);
  return words;
}

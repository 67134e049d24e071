/**
 * wire/swap.ts - rtnetlink messages of a big-endian host, turned into what the other codecs read.
 *
 * Netlink is in the order of its host (NL, preamble), so a capture of such a host has every number the other way round,
 * but for what is in network order anywhere: addresses, ports of routes, tunnel keys. What a number is, is known by the
 * type of the message and of the attribute; of an attribute that is not in the tables the payload stays as it is.
 *
 * A layout is a row of sizes, one digit for each field: `1` a byte, `2`, `4`, `8` a number; a `*` repeats the row.
 * Sources: NL-1, NL-15..30, <linux/rtnetlink.h>, <linux/if_link.h>, <linux/fib_rules.h>, <linux/nexthop.h>.
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { align4 } from './bytes.js';
import { NLMSG_HEADER } from './nlmsg.js';

/** An attribute: a layout, or `multipath`, or a list of attributes. */
type Layout = string | Attrs;
type Attrs = ReadonlyMap<number, Layout>;

/** A message: the layout of its header, and its attributes. */
interface Form {
  readonly head: string;
  readonly attrs: Attrs;
}

const HEADER = '42244';
const RTNEXTHOP = '2114';

const METRIC_WORDS: Attrs = new Map(
  Array.from({ length: 17 }, (_, i) => [i + 1, '4'] as const).filter(([n]) => n !== uapi.RTAX_CC_ALGO),
);

const ROUTE: Form = {
  head: '111111114',
  attrs: new Map<number, Layout>([
    ...[
      uapi.RTA_IIF,
      uapi.RTA_OIF,
      uapi.RTA_PRIORITY,
      uapi.RTA_FLOW,
      uapi.RTA_TABLE,
      uapi.RTA_MARK,
      uapi.RTA_EXPIRES,
      uapi.RTA_UID,
      uapi.RTA_NH_ID,
    ].map((type) => [type, '4'] as const),
    [uapi.RTA_METRICS, METRIC_WORDS],
    [uapi.RTA_MULTIPATH, 'multipath'],
    [uapi.RTA_CACHEINFO, '44444444'],
    [uapi.RTA_VIA, '2'],
    [uapi.RTA_ENCAP_TYPE, '2'],
  ]),
};

const IFLA_INFO_DATA_VRF: Attrs = new Map([[uapi.IFLA_VRF_TABLE, '4']]);

const LINK: Form = {
  head: '112444',
  attrs: new Map<number, Layout>([
    ...[
      uapi.IFLA_MTU,
      uapi.IFLA_LINK,
      uapi.IFLA_MASTER,
      uapi.IFLA_TXQLEN,
      uapi.IFLA_GROUP,
      uapi.IFLA_PROMISCUITY,
      uapi.IFLA_NUM_TX_QUEUES,
      uapi.IFLA_CARRIER_UP_COUNT,
      uapi.IFLA_CARRIER_DOWN_COUNT,
      uapi.IFLA_EVENT,
      uapi.IFLA_MIN_MTU,
      uapi.IFLA_MAX_MTU,
    ].map((type) => [type, '4'] as const),
    [uapi.IFLA_LINKINFO, new Map([[uapi.IFLA_INFO_DATA, IFLA_INFO_DATA_VRF]])],
  ]),
};

const ADDRESS: Form = {
  head: '11114',
  attrs: new Map([
    [uapi.IFA_CACHEINFO, '4444'],
    [uapi.IFA_FLAGS, '4'],
    [uapi.IFA_RT_PRIORITY, '4'],
  ]),
};

const RULE: Form = {
  head: '111111114',
  attrs: new Map<number, Layout>([
    ...[
      uapi.FRA_GOTO,
      uapi.FRA_PRIORITY,
      uapi.FRA_FWMARK,
      uapi.FRA_FLOW,
      uapi.FRA_SUPPRESS_IFGROUP,
      uapi.FRA_SUPPRESS_PREFIXLEN,
      uapi.FRA_TABLE,
      uapi.FRA_FWMASK,
    ].map((type) => [type, '4'] as const),
    [uapi.FRA_UID_RANGE, '44'],
    [uapi.FRA_SPORT_RANGE, '22'],
    [uapi.FRA_DPORT_RANGE, '22'],
    [uapi.FRA_SPORT_MASK, '2'],
    [uapi.FRA_DPORT_MASK, '2'],
  ]),
};

const NEXTHOP: Form = {
  head: '11114',
  attrs: new Map<number, Layout>([
    [uapi.NHA_ID, '4'],
    [uapi.NHA_GROUP, '4112*'],
    [uapi.NHA_GROUP_TYPE, '2'],
    [uapi.NHA_OIF, '4'],
    [uapi.NHA_MASTER, '4'],
    [uapi.NHA_OP_FLAGS, '4'],
    [
      uapi.NHA_RES_GROUP,
      new Map([
        [uapi.NHA_RES_GROUP_BUCKETS, '2'],
        [uapi.NHA_RES_GROUP_IDLE_TIMER, '4'],
        [uapi.NHA_RES_GROUP_UNBALANCED_TIMER, '4'],
        [uapi.NHA_RES_GROUP_UNBALANCED_TIME, '8'],
      ]),
    ],
  ]),
};

const NO_ATTRS: Attrs = new Map();

const FORMS: ReadonlyMap<number, Form> = new Map([
  [uapi.NLMSG_ERROR, { head: '4' + HEADER, attrs: NO_ATTRS }],
  [uapi.NLMSG_DONE, { head: '4', attrs: NO_ATTRS }],
  [uapi.RTM_NEWROUTE, ROUTE],
  [uapi.RTM_DELROUTE, ROUTE],
  [uapi.RTM_NEWLINK, LINK],
  [uapi.RTM_DELLINK, LINK],
  [uapi.RTM_NEWADDR, ADDRESS],
  [uapi.RTM_DELADDR, ADDRESS],
  [uapi.RTM_NEWRULE, RULE],
  [uapi.RTM_DELRULE, RULE],
  [uapi.RTM_NEWNEXTHOP, NEXTHOP],
  [uapi.RTM_DELNEXTHOP, NEXTHOP],
]);

/**
 * The messages of a datagram of a big-endian host, as a little-endian one would have written them.
 * @param base where `bytes` began in a longer stream, for the offset of errors
 * @throws {WireError} bytes that are no whole message; within one, what does not fit stays as it is
 */
export function swapMessages(bytes: Uint8Array, base = 0): Uint8Array {
  const out = new Uint8Array(bytes); // a copy; `slice` of a Buffer would be none
  const v = new DataView(out.buffer);
  for (let at = 0; at < out.length;) {
    const left = out.length - at;
    const length = left < NLMSG_HEADER ? 0 : v.getUint32(at);
    if (length < NLMSG_HEADER || length > left) {
      throw new WireError(`message of ${length} bytes where ${left} are left`, base + at);
    }
    const form = FORMS.get(v.getUint16(at + 4));
    swapRow(v, at, at + NLMSG_HEADER, HEADER);
    if (form !== undefined) {
      const body = swapRow(v, at + NLMSG_HEADER, at + length, form.head);
      swapAttrs(v, body, at + length, form.attrs);
    }
    at += align4(length);
  }
  return out;
}

/** Swaps the numbers of a layout, as far as they fit; gives where they end. */
function swapRow(v: DataView, from: number, end: number, layout: string): number {
  const isRepeated = layout.endsWith('*');
  const row = isRepeated ? layout.slice(0, -1) : layout;
  let at = from;
  do {
    for (const digit of row) {
      const size = Number(digit);
      if (size > end - at) return at;
      if (size === 2) v.setUint16(at, v.getUint16(at), true);
      else if (size === 4) v.setUint32(at, v.getUint32(at), true);
      else if (size === 8) v.setBigUint64(at, v.getBigUint64(at), true);
      at += size;
    }
  } while (isRepeated && at < end);
  return at;
}

function swapAttrs(v: DataView, from: number, end: number, attrs: Attrs): void {
  for (let at = from; end - at >= 4;) {
    const length = v.getUint16(at);
    const layout = attrs.get(v.getUint16(at + 2) & uapi.NLA_TYPE_MASK);
    swapRow(v, at, at + 4, '22');
    if (length < 4 || length > end - at) return;
    if (layout === 'multipath') swapPaths(v, at + 4, at + length);
    else if (typeof layout === 'string') swapRow(v, at + 4, at + length, layout);
    else if (layout !== undefined) swapAttrs(v, at + 4, at + length, layout);
    at += align4(length);
  }
}

function swapPaths(v: DataView, from: number, end: number): void {
  for (let at = from; end - at >= 8;) {
    const length = v.getUint16(at);
    swapRow(v, at, at + 8, RTNEXTHOP);
    if (length < 8 || length > end - at) return;
    swapAttrs(v, at + 8, at + length, ROUTE.attrs);
    at += align4(length);
  }
}

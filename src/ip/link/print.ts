/**
 * ip/link/print.ts - a link as `ip link`, `ip address` and `ip monitor` write it: what is the same in all of them.
 *
 *   2: v0@v1: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP mode DEFAULT group default qlen 1000
 *       link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff            and with -d what the kind has to tell
 *       alias ..., statistics, altname ...
 * With -br a line of name and state, and in `ip link` hardware address and flags. Forms of iproute2 6.1, as seen.
 */
import * as uapi from '../../abi/uapi.js';
import { formatAddress4 } from '../../text/address.js';
import { formatHardware } from '../../text/hardware.js';
import { u32be } from '../../wire/bytes.js';
import { IFINFOMSG_BYTES, decodeLink, type LinkMessage } from '../../wire/link.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { Attrs } from '../attrs.js';
import type { Task } from '../io.js';
import type { Printer } from '../printer.js';
import type { Session } from '../session.js';
import { printKind } from './kind.js';
import { printStats } from './stats.js';
import { ADDRESS_MODES, LINK_MODES, eventWord, flagWords, hardwareWord, stateText } from './words.js';

const INDENT = '    ';

/** Who writes a link: what is shown depends on it. */
export interface LinkForm {
  /** `ip link`: its mode too, and with -s its statistics. */
  readonly isLinkObject: boolean;
  /** `ip link` and `ip address`, not `ip monitor`: the length of its queue. */
  readonly hasQueue: boolean;
  /** The line of its hardware address, which -4 and -6 leave out unless -d is there. */
  readonly hasHardware: boolean;
}

/** A message about a link, read. */
export interface LinkView {
  readonly message: NlMsg;
  readonly link: LinkMessage;
  readonly attrs: Attrs;
}

/** Reads a message about a link, and has the session remember the link. */
export function readLink(session: Session, message: NlMsg): LinkView {
  const link = decodeLink(message.payload);
  session.remember(link);
  return { message, link, attrs: new Attrs(message.payload.subarray(IFINFOMSG_BYTES)) };
}

/** Writes a link in full, without the newline behind it. */
export function* printLink(session: Session, view: LinkView, form: LinkForm): Task {
  const { out, options } = session;
  const { link, attrs, message } = view;
  if (message.type === uapi.RTM_DELLINK) out.put('deleted', true, 'Deleted ');
  yield* learnUpper(session, attrs);
  if (attrs.text(uapi.IFLA_IFNAME) === undefined)
    session.err(`BUG: device with ifindex ${link.index} has nil ifname\n`);
  out.put('ifindex', link.index, `${link.index}: `);
  const isOverDown = printName(session, view, (name) => `${name}: `);
  printFlags(out, link.flags, isOverDown);
  yield* printState(session, view, form);
  if (form.hasHardware) printHardware(session, view);
  if (options.details > 0) printDetails(session, view, form);
  if (form.isLinkObject || options.details > 0) printAlias(out, attrs);
  if (form.isLinkObject && options.stats > 0) {
    out.text(out.lineEnd);
    printStats(session, attrs);
  }
  printOtherNames(out, attrs);
}

/** Writes a link with -br: what stands in front of its addresses, or in `ip link` the whole line. */
export function* printBrief(session: Session, view: LinkView, isAddressObject: boolean): Task {
  const { out } = session;
  const { link, attrs, message } = view;
  if (message.type === uapi.RTM_DELLINK) out.put('deleted', true, 'Deleted ');
  yield* learnUpper(session, attrs);
  const isOverDown = printName(session, view, (name) => `${name.padEnd(16)} `);
  const state = attrs.u8(uapi.IFLA_OPERSTATE);
  if (state !== undefined) {
    const { word } = stateText(state);
    out.put('operstate', word, `${word.padEnd(14)} `);
  }
  if (isAddressObject) return;
  const address = attrs.bytes(uapi.IFLA_ADDRESS);
  if (address !== undefined) {
    const text = hardwareText(address, link.type);
    out.put('address', text, `${text} `);
  }
  printFlags(out, link.flags, isOverDown);
  out.text('\n');
}

/** Learns the name of what a link stands on, unless that is elsewhere. */
function* learnUpper(session: Session, attrs: Attrs): Task {
  const lower = attrs.u32(uapi.IFLA_LINK);
  if (lower !== undefined && !attrs.has(uapi.IFLA_LINK_NETNSID)) yield* session.learn(lower);
}

/** Writes a name, with that of the link it stands on. True if that one is down. */
function printName(session: Session, { link, attrs }: LinkView, pad: (name: string) => string): boolean {
  const { out } = session;
  const name = attrs.text(uapi.IFLA_IFNAME) ?? `if${link.index}`;
  const lower = attrs.u32(uapi.IFLA_LINK);
  let behind = '';
  let isOverDown = false;
  if (lower === 0) {
    behind = '@NONE';
    if (out.json) out.put('link', null);
  } else if (lower !== undefined && attrs.has(uapi.IFLA_LINK_NETNSID)) {
    behind = `@if${lower}`;
    if (out.json) out.put('link_index', lower);
  } else if (lower !== undefined) {
    behind = `@${session.linkName(lower)}`;
    if (out.json) out.put('link', session.linkName(lower));
    isOverDown = ((session.link(lower)?.flags ?? 0) & uapi.IFF_UP) === 0;
  }
  out.put('ifname', name, pad(name + behind));
  return isOverDown;
}

function printFlags(out: Printer, flags: number, isOverDown: boolean): void {
  const words = flagWords(flags, isOverDown);
  out.openArray('flags', `<${words.join(',')}`);
  if (out.json) for (const word of words) out.put(undefined, word);
  out.closeArray('> ');
}

/** The rest of the first line. */
function* printState(session: Session, { attrs }: LinkView, form: LinkForm): Task {
  const { out } = session;
  const mtu = attrs.u32(uapi.IFLA_MTU);
  if (mtu !== undefined) out.put('mtu', mtu, `mtu ${mtu} `);
  const qdisc = attrs.text(uapi.IFLA_QDISC);
  if (qdisc !== undefined) out.put('qdisc', qdisc, `qdisc ${qdisc} `);
  const master = attrs.u32(uapi.IFLA_MASTER);
  if (master !== undefined) {
    yield* session.learn(master);
    out.put('master', session.linkName(master), `master ${session.linkName(master)} `);
  }
  const state = attrs.u8(uapi.IFLA_OPERSTATE);
  if (state !== undefined) out.put('operstate', stateText(state).word, stateText(state).text);
  const mode = attrs.u8(uapi.IFLA_LINKMODE);
  if (form.isLinkObject && mode !== undefined) {
    const word = LINK_MODES[mode] ?? String(mode);
    out.put('linkmode', word, `mode ${word} `);
  }
  const group = attrs.u32(uapi.IFLA_GROUP);
  if (group !== undefined) {
    const word = session.nameOf(session.names.groups, group);
    out.put('group', word, `group ${word} `);
  }
  const queue = attrs.u32(uapi.IFLA_TXQLEN) ?? 0;
  if (form.hasQueue && queue !== 0) out.put('txqlen', queue, `qlen ${queue}`);
  const event = attrs.u32(uapi.IFLA_EVENT) ?? 0;
  if (event !== 0) out.put('event', eventWord(event), `event ${eventWord(event)} `);
}

/** The line of the hardware address, with what follows it there. */
function printHardware({ out, options }: Session, { link, attrs }: LinkView): void {
  const word = hardwareWord(link.type, options.numeric);
  out.text(out.lineEnd);
  out.put('link_type', word, `${INDENT}link/${word} `);
  const address = attrs.bytes(uapi.IFLA_ADDRESS);
  if (address !== undefined) {
    const text = hardwareText(address, link.type);
    out.put('address', text, text);
  }
  const broadcast = attrs.bytes(uapi.IFLA_BROADCAST);
  if (broadcast !== undefined) {
    const text = hardwareText(broadcast, link.type);
    const isPair = (link.flags & uapi.IFF_POINTOPOINT) !== 0;
    if (isPair && out.json) out.put('link_pointtopoint', true);
    out.put('broadcast', text, ` ${isPair ? 'peer' : 'brd'} ${text}`);
  }
  const namespace = attrs.u32(uapi.IFLA_LINK_NETNSID);
  if (namespace === 0xffffffff) out.put('link_netnsid', 'unknown', ' link-netnsid unknown');
  else if (namespace !== undefined) out.put('link_netnsid', namespace, ` link-netnsid ${namespace}`);
  const isProtoDown = (attrs.u8(uapi.IFLA_PROTO_DOWN) ?? 0) !== 0;
  if (isProtoDown) out.put('proto_down', true, ' protodown on ');
}

/** A hardware address; those of tunnels over IPv4 are addresses of that. */
function hardwareText(address: Uint8Array, type: number): string {
  const isTunnel = type === uapi.ARPHRD_TUNNEL || type === uapi.ARPHRD_IPGRE || type === uapi.ARPHRD_SIT;
  return address.length === 4 && isTunnel ? formatAddress4(u32be(address, 0)) : formatHardware(address);
}

/** Numbers that -d adds behind the kind, in order: attribute, key, word. */
const COUNTS: readonly (readonly [type: number, key: string, word: string])[] = [
  [uapi.IFLA_NUM_TX_QUEUES, 'num_tx_queues', 'numtxqueues'],
  [uapi.IFLA_NUM_RX_QUEUES, 'num_rx_queues', 'numrxqueues'],
  [uapi.IFLA_GSO_MAX_SIZE, 'gso_max_size', 'gso_max_size'],
  [uapi.IFLA_GSO_MAX_SEGS, 'gso_max_segs', 'gso_max_segs'],
  [uapi.IFLA_TSO_MAX_SIZE, 'tso_max_size', 'tso_max_size'],
  [uapi.IFLA_TSO_MAX_SEGS, 'tso_max_segs', 'tso_max_segs'],
  [uapi.IFLA_GRO_MAX_SIZE, 'gro_max_size', 'gro_max_size'],
];

/** What -d adds. */
function printDetails({ out }: Session, { attrs }: LinkView, form: LinkForm): void {
  const put = (type: number, key: string, text: (value: number) => string): void => {
    const value = attrs.u32(type);
    if (value !== undefined) out.put(key, value, text(value));
  };
  put(uapi.IFLA_PROMISCUITY, 'promiscuity', (n) => ` promiscuity ${n} `);
  put(uapi.IFLA_ALLMULTI, 'allmulti', (n) => ` allmulti ${n} `);
  put(uapi.IFLA_MIN_MTU, 'min_mtu', (n) => `minmtu ${n} `);
  put(uapi.IFLA_MAX_MTU, 'max_mtu', (n) => `maxmtu ${n} `);
  const info = attrs.nest(uapi.IFLA_LINKINFO);
  if (info !== undefined) printKind(out, info);
  if (form.isLinkObject) printAddressMode(out, attrs);
  for (const [type, key, word] of COUNTS) put(type, key, (n) => `${word} ${n} `);
}

/** How IPv6 makes addresses on the link. */
function printAddressMode(out: Printer, attrs: Attrs): void {
  const inet6 = attrs.nest(uapi.IFLA_AF_SPEC)?.nest(uapi.AF_INET6);
  const mode = inet6?.u8(uapi.IFLA_INET6_ADDR_GEN_MODE);
  if (mode === undefined) return;
  const word = ADDRESS_MODES[mode] ?? `0x${mode.toString(16).padStart(2, '0')}`;
  out.put('inet6_addr_gen_mode', word, `addrgenmode ${word} `);
}

function printAlias(out: Printer, attrs: Attrs): void {
  const alias = attrs.text(uapi.IFLA_IFALIAS);
  if (alias === undefined) return;
  out.text(out.lineEnd);
  out.put('ifalias', alias, `${INDENT}alias ${alias}`);
}

function printOtherNames(out: Printer, attrs: Attrs): void {
  const names = attrs.nest(uapi.IFLA_PROP_LIST)?.all(uapi.IFLA_ALT_IFNAME) ?? [];
  if (names.length === 0) return;
  out.openArray('altnames');
  for (const bytes of names) {
    const name = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
    out.text(out.lineEnd);
    out.put(undefined, name, `${INDENT}altname ${name}`);
  }
  out.closeArray();
}

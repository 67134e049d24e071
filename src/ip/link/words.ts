/**
 * ip/link/words.ts - the words for the numbers of a link: flags, types of hardware, states, events.
 */
import * as uapi from '../../abi/uapi.js';
import { OPER_STATES } from '../../model/link.js';

/** IFF_* bits in the order of output; IFF_RUNNING shows by its absence only. */
const FLAGS: readonly (readonly [bit: number, word: string])[] = [
  [uapi.IFF_LOOPBACK, 'LOOPBACK'],
  [uapi.IFF_BROADCAST, 'BROADCAST'],
  [uapi.IFF_POINTOPOINT, 'POINTOPOINT'],
  [uapi.IFF_MULTICAST, 'MULTICAST'],
  [uapi.IFF_NOARP, 'NOARP'],
  [uapi.IFF_ALLMULTI, 'ALLMULTI'],
  [uapi.IFF_PROMISC, 'PROMISC'],
  [uapi.IFF_MASTER, 'MASTER'],
  [uapi.IFF_SLAVE, 'SLAVE'],
  [uapi.IFF_DEBUG, 'DEBUG'],
  [uapi.IFF_DYNAMIC, 'DYNAMIC'],
  [uapi.IFF_AUTOMEDIA, 'AUTOMEDIA'],
  [uapi.IFF_PORTSEL, 'PORTSEL'],
  [uapi.IFF_NOTRAILERS, 'NOTRAILERS'],
  [uapi.IFF_UP, 'UP'],
  [uapi.IFF_LOWER_UP, 'LOWER_UP'],
  [uapi.IFF_DORMANT, 'DORMANT'],
  [uapi.IFF_ECHO, 'ECHO'],
];

/** The words of flags; `isOverDown` says that the link stands on one that is down. */
export function flagWords(flags: number, isOverDown: boolean): string[] {
  const isCut = (flags & uapi.IFF_UP) !== 0 && (flags & uapi.IFF_RUNNING) === 0;
  const words = isCut ? ['NO-CARRIER'] : [];
  let rest = flags & ~uapi.IFF_RUNNING;
  for (const [bit, word] of FLAGS) {
    if ((rest & bit) === 0) continue;
    words.push(word);
    rest &= ~bit;
  }
  if (rest !== 0) words.push((rest >>> 0).toString(16));
  if (isOverDown) words.push('M-DOWN');
  return words;
}

/** ARPHRD_* that routers meet. */
const HARDWARE: ReadonlyMap<number, string> = new Map([
  [0, 'netrom'],
  [uapi.ARPHRD_ETHER, 'ether'],
  [3, 'ax25'],
  [6, 'ieee802'],
  [19, 'atm'],
  [24, 'ieee1394'],
  [32, 'infiniband'],
  [256, 'slip'],
  [280, 'can'],
  [512, 'ppp'],
  [513, 'hdlc'],
  [518, 'rawhdlc'],
  [768, 'ipip'],
  [769, 'tunnel6'],
  [uapi.ARPHRD_LOOPBACK, 'loopback'],
  [774, 'fddi'],
  [776, 'sit'],
  [778, 'gre'],
  [779, 'pimreg'],
  [783, 'irda'],
  [801, 'ieee802.11'],
  [802, 'ieee802.11/prism'],
  [803, 'ieee802.11/radiotap'],
  [823, 'gre6'],
  [824, 'netlink'],
  [825, '6lowpan'],
  [uapi.ARPHRD_NONE, 'none'],
  [0xffff, 'void'],
]);

/** The word of a type of hardware; a number in brackets where there is none, or none is wanted. */
export function hardwareWord(type: number, isNumeric: boolean): string {
  return (isNumeric ? undefined : HARDWARE.get(type)) ?? `[${type}]`;
}

/** The word of an operational state and the blank behind it; a number has none. */
export function stateText(state: number): { readonly word: string; readonly text: string } {
  const word = OPER_STATES[state];
  if (word === undefined) return { word: `0x${state.toString(16)}`, text: `state 0x${state.toString(16)}` };
  return { word, text: `state ${word} ` };
}

/** IFLA_EVENT in words; 0 is nothing to speak of. */
const EVENTS = [
  'NONE',
  'REBOOT',
  'FEATURE CHANGE',
  'BONDING FAILOVER',
  'NOTIFY PEERS',
  'RESEND IGMP',
  'BONDING OPTION',
];

export function eventWord(event: number): string {
  return EVENTS[event] ?? String(event);
}

/** IFLA_LINKMODE in words. */
export const LINK_MODES = ['DEFAULT', 'DORMANT'] as const;

/** IFLA_INET6_ADDR_GEN_MODE in words. */
export const ADDRESS_MODES = ['eui64', 'none', 'stable_secret', 'random'] as const;

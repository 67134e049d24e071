/**
 * ip/monitor.ts - `ip monitor`: notifications as they come, or as a file of `rtmon` holds them.
 *
 *   [LINK]Deleted 2: e0: ...        `all` and `label` put the object in front
 *   Timestamp: Sun Nov 22 13:34:05 2026 145365 usec        -t; with -ts [2026-11-22T13:34:05.145365] on the same line
 * All is text: iproute2 6.1 does not know -j here. What a message is written as follows from the message, the options and
 * the names of links that were seen before it; times are UTC.
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { u32 } from '../wire/bytes.js';
import { messages, type NlMsg } from '../wire/nlmsg.js';
import { decodeLink } from '../wire/link.js';
import { printAddress, readAddressMessage } from './address/print.js';
import { Exit, Failed, MISTAKE, USAGE } from './failure.js';
import type { Socket, Task } from './io.js';
import { indexOfMaster } from './link/device.js';
import { printBrief, printLink, readLink } from './link/print.js';
import { dumpLinks } from './link/show.js';
import { printNetconf } from './netconf.js';
import { printBucket, printNexthop } from './nexthop/print.js';
import { printRouteMessage } from './route/print.js';
import { printRuleMessage } from './rule/print.js';
import type { Session } from './session.js';
import { choose, type Words } from './words.js';

const HELP = `Usage: ip monitor [ all | OBJECTS ] [ FILE ] [ label ] [ all-nsid ]
                  [ dev DEVICE ]
OBJECTS :=  address | link | mroute | neigh | netconf |
            nexthop | nsid | prefix | route | rule | stats
FILE := file FILENAME
`;

/** Time stamps in files of rtmon: u32 seconds, u32 microseconds (NL-54). */
const NLMSG_TSTAMP = 15;

/** Groups of an object by family: IPv4, IPv6, or none in particular (NL-45). */
interface Groups {
  readonly inet?: number;
  readonly inet6?: number;
  readonly any?: number;
}

/** Objects in the order in which their abbreviations are tried. */
const OBJECTS: readonly (readonly [string, Groups])[] = [
  ['link', { any: 1 }],
  ['address', { inet: 5, inet6: 9 }],
  ['route', { inet: 7, inet6: 11 }],
  ['mroute', { inet: 6, inet6: 10 }],
  ['prefix', { inet6: 18 }],
  ['neigh', { any: 3 }],
  ['netconf', { inet: 24, inet6: 25 }],
  ['rule', { inet: 8, inet6: 19 }],
  ['nsid', { any: 28 }],
  ['nexthop', { any: 32 }],
  ['stats', { any: 36 }],
];

/** What the words of a command ask for. */
interface Plan {
  groups: number[];
  hasLabels: boolean;
  file?: string;
  /** Index of the only link to tell of, 0 = all. */
  index: number;
}

/** `ip monitor` */
export function* monitor(session: Session, words: Words): Task {
  const plan = yield* readPlan(session, words);
  if (plan.file !== undefined) return yield* showFile(session, plan, plan.file);
  yield* learnLinks(session);
  const socket: Socket = { strict: false, groups: plan.groups };
  for (let list = yield* session.receive(socket); list !== undefined; list = yield* session.receive(socket)) {
    for (const message of list) yield* showNotice(session, plan, message);
  }
}

function* readPlan(session: Session, words: Words): Task<Plan> {
  const plan: Plan = { groups: [], hasLabels: false, index: 0 };
  const { family } = session.options;
  for (; words.more; words.take()) {
    const object = choose(words.word, OBJECTS);
    if (words.is('file')) plan.file = words.value();
    else if (words.is('label')) plan.hasLabels = true;
    else if (words.is('all-nsid'))
      continue; // of this namespace all the same
    else if (object !== undefined) plan.groups.push(...groupsOf(object, family));
    else if (words.is('all')) plan.hasLabels = true;
    else if (words.isShort('help')) throw new Exit(USAGE, HELP);
    else if (words.is('dev')) plan.index = yield* indexOfMaster(session, words.value());
    else throw new Exit(USAGE, `Argument "${words.word}" is unknown, try "ip monitor help".\n`);
  }
  if (plan.groups.length === 0) plan.groups = OBJECTS.flatMap(([, groups]) => groupsOf(groups, family));
  return plan;
}

function groupsOf({ inet, inet6, any }: Groups, family: number): number[] {
  const list = [
    any,
    family === uapi.AF_INET6 ? undefined : inet,
    family === uapi.AF_INET ? undefined : inet6,
  ];
  return list.filter((group) => group !== undefined);
}

/** Has the session remember all links. */
function* learnLinks(session: Session): Task {
  for (const message of yield* dumpLinks(session, { family: 0, index: 0, flagMask: 0, flags: 0 }, 0)) {
    session.remember(decodeLink(message.payload));
  }
}

// ---------------------------------------------------------------- files

function* showFile(session: Session, plan: Plan, file: string): Task {
  const bytes = yield { do: 'read', file };
  if (bytes === null) throw new Exit(USAGE, 'Cannot fopen: No such file or directory\n');
  try {
    for (const message of messages(bytes)) {
      if (message.type === NLMSG_TSTAMP) showStamp(session, message);
      else yield* showNotice(session, plan, message);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new Failed(MISTAKE, damageOf(bytes, error));
  }
}

/** How iproute2 tells that a file ends too early, or goes on with what is no message. */
function damageOf(bytes: Uint8Array, { offset }: WireError): string {
  const length = bytes.length - offset >= 16 ? u32(bytes, offset) : 0;
  const isMessage = length === 0 || (length >= 16 && length <= LONGEST);
  return isMessage ? 'rtnl-from_file: truncated message\n' : `!!!malformed message: len=${length} @16\n`;
}

/** Longest message that a file may hold. */
const LONGEST = 32768;

function showStamp({ out }: Session, { payload }: NlMsg): void {
  if (payload.length < 8) return;
  out.text(`Timestamp: ${dateText(u32(payload, 0) * 1000)} ${u32(payload, 4)} us\n`);
}

// ---------------------------------------------------------------- notices

/** Writes one notice. */
type Show = (session: Session, message: NlMsg) => Task | void;

/** Message types: the label of their object, and who writes them. */
const NOTICES: Readonly<Partial<Record<number, readonly [label: string, show: Show]>>> = {
  [uapi.RTM_NEWLINK]: ['LINK', showLink],
  [uapi.RTM_DELLINK]: ['LINK', showLink],
  [uapi.RTM_NEWADDR]: ['ADDR', showAddress],
  [uapi.RTM_DELADDR]: ['ADDR', showAddress],
  [uapi.RTM_NEWROUTE]: ['ROUTE', printRouteMessage],
  [uapi.RTM_DELROUTE]: ['ROUTE', printRouteMessage],
  [uapi.RTM_NEWRULE]: ['RULE', printRuleMessage],
  [uapi.RTM_DELRULE]: ['RULE', printRuleMessage],
  [uapi.RTM_NEWNETCONF]: ['NETCONF', printNetconf],
  [uapi.RTM_DELNETCONF]: ['NETCONF', printNetconf],
  [uapi.RTM_NEWNSID]: ['NSID', showNsid],
  [uapi.RTM_DELNSID]: ['NSID', showNsid],
  [uapi.RTM_NEWNEXTHOP]: ['NEXTHOP', printNexthop],
  [uapi.RTM_DELNEXTHOP]: ['NEXTHOP', printNexthop],
  [uapi.RTM_NEWNEXTHOPBUCKET]: ['NEXTHOPBUCKET', printBucket],
  [uapi.RTM_DELNEXTHOPBUCKET]: ['NEXTHOPBUCKET', printBucket],
};

/** Control messages, which say nothing, and those of neighbours, of which there are none here. */
const SILENT: readonly number[] = [
  ...[uapi.NLMSG_NOOP, uapi.NLMSG_ERROR, uapi.NLMSG_DONE],
  ...[uapi.RTM_NEWNEIGH, uapi.RTM_DELNEIGH],
];

function* showNotice(session: Session, plan: Plan, message: NlMsg): Task {
  const notice = NOTICES[message.type];
  if (notice === undefined) {
    if (!SILENT.includes(message.type)) session.err(unknownText(message));
    return;
  }
  if (plan.index !== 0 && !isAbout(message, plan.index)) return;
  const [label, show] = notice;
  if (session.options.timestamp) session.out.text(stampText(session));
  if (plan.hasLabels) session.out.text(`[${label}]`);
  try {
    yield* show(session, message) ?? [];
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    session.err(`!!!${error.message}\n`);
  }
}

/** True for a message about a link: of those that have its index in the header. */
function isAbout({ type, payload }: NlMsg, index: number): boolean {
  const types: readonly number[] = [uapi.RTM_NEWLINK, uapi.RTM_DELLINK, uapi.RTM_NEWADDR, uapi.RTM_DELADDR];
  return !types.includes(type) || (payload.length >= 8 && u32(payload, 4) === index);
}

/** A link is written with the name that it was first seen with wherever it is only named. */
function* showLink(session: Session, message: NlMsg): Task {
  const { index } = decodeLink(message.payload);
  const known = session.link(index);
  const view = readLink(session, message);
  if (known?.name !== undefined) session.remember({ ...view.link, name: known.name });
  if (session.options.brief) yield* printBrief(session, view, true);
  else {
    yield* printLink(session, view, { isLinkObject: false, hasQueue: false, hasHardware: true });
    session.out.text('\n');
  }
  if (message.type === uapi.RTM_DELLINK && view.link.family !== uapi.AF_BRIDGE) session.forget(index);
}

function* showAddress(session: Session, message: NlMsg): Task {
  yield* printAddress(session, readAddressMessage(message), { hasLink: true });
}

/** NETNSA_NSID behind a struct rtgenmsg. */
const NSID_AT = 8;

function showNsid({ out }: Session, { type, payload }: NlMsg): void {
  const deleted = type === uapi.RTM_DELNSID ? 'Deleted ' : '';
  const nsid = payload.length >= NSID_AT + 4 ? `nsid ${u32(payload, NSID_AT) | 0} ` : '';
  out.text(`${deleted}${nsid}\n`);
}

function unknownText({ type, flags, payload }: NlMsg): string {
  const field = (name: string, value: number): string =>
    `${name}=0x${value.toString(16).padStart(8, '0')}(${value})`;
  return `Unknown message: ${field('type', type)} ${field('flags', flags)} ${field('len', 16 + payload.length)}\n`;
}

// ---------------------------------------------------------------- times

function stampText({ now, options }: Session): string {
  const ms = now();
  const micros = String(Math.floor((ms % 1000) * 1000)).padStart(6, '0');
  if (!options.shortTime) return `Timestamp: ${dateText(ms)} ${Number(micros)} usec\n`;
  return `[${new Date(ms).toISOString().slice(0, 19)}.${micros}] `;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A date as asctime(3) has it. */
function dateText(ms: number): string {
  const date = new Date(ms);
  const day = String(date.getUTCDate()).padStart(2);
  const time = date.toISOString().slice(11, 19);
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`;
}

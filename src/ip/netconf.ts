/**
 * ip/netconf.ts - `ip netconf`: the sysctls of links as netlink tells them.
 */
import * as uapi from '../abi/uapi.js';
import { Writer } from '../wire/bytes.js';
import type { NlMsg } from '../wire/nlmsg.js';
import { Attrs } from './attrs.js';
import { Exit, USAGE, unknownCommand } from './failure.js';
import type { Task } from './io.js';
import { indexIfAny } from './link/device.js';
import { dumpLinks, noSuchDevice } from './link/show.js';
import { familyName } from './options.js';
import { readLink } from './link/print.js';
import type { Session } from './session.js';
import { choose, type Words } from './words.js';

const HELP = `Usage: ip netconf show [ dev STRING ]
`;

/** struct netconfmsg, padded. */
const HEADER = 4;
const NETCONFA_IFINDEX = 1;
const NETCONFA_RP_FILTER = 3;
const ALL = -1;
const DEFAULT = -2;

/** Attributes in the order of output; all but one are switches. */
const SETTINGS: readonly (readonly [type: number, key: string])[] = [
  [2, 'forwarding'],
  [NETCONFA_RP_FILTER, 'rp_filter'],
  [4, 'mc_forwarding'],
  [5, 'proxy_neigh'],
  [6, 'ignore_routes_with_linkdown'],
  [7, 'input'],
];
const RP_FILTERS = ['off', 'strict', 'loose'];

const COMMANDS: readonly (readonly [string, (session: Session, words: Words) => Task])[] = [
  ['show', show],
  ['lst', show],
  ['list', show],
  ['help', help],
];

/** `ip netconf` */
export function* netconf(session: Session, words: Words): Task {
  if (!words.more) return yield* show(session, words);
  const command = choose(words.word, COMMANDS);
  if (command === undefined) throw unknownCommand(words.word, 'netconf');
  words.take();
  yield* command(session, words);
}

function* help(): Task {
  throw new Exit(USAGE, HELP);
}

/** Asks for all and shows what is asked for; of one link and family that alone. */
function* show(session: Session, words: Words): Task {
  const index = yield* readDevice(session, words);
  const links = yield* dumpLinks(session, { family: 0, index: 0, flagMask: 0, flags: 0 }, 0);
  for (const message of links) readLink(session, message);
  const { family } = session.options;
  if (family !== 0 && index !== 0) return yield* showOne(session, family, index);
  const w = new Writer();
  w.u32(family);
  const dump = yield* session.dump({ type: uapi.RTM_GETNETCONF, payload: w.take() });
  session.out.begin();
  for (let message = yield* dump.next(); message !== undefined; message = yield* dump.next()) {
    if (index !== 0 && indexIn(message) !== index) continue;
    session.out.openObject();
    yield* printNetconf(session, message);
    session.out.closeObject();
  }
  session.out.end();
}

/** The index behind `dev`, 0 where there is none; other words are passed over. */
function* readDevice(session: Session, words: Words): Task<number> {
  let index = 0;
  for (; words.more; words.take()) {
    if (!words.is('dev')) continue;
    const name = words.value();
    index = yield* indexIfAny(session, name);
    if (index === 0) throw noSuchDevice(name);
  }
  return index;
}

/** This one is text, with -j too. */
function* showOne(session: Session, family: number, index: number): Task {
  const w = new Writer();
  w.u32(family);
  w.attr32(NETCONFA_IFINDEX, index);
  const flags = uapi.NLM_F_ACK;
  const answer = yield* session.ask({ type: uapi.RTM_GETNETCONF, flags, payload: w.take() });
  if (answer !== undefined) yield* printNetconf(session, answer);
}

function indexIn({ payload }: NlMsg): number | undefined {
  const index = new Attrs(payload.subarray(HEADER)).u32(NETCONFA_IFINDEX);
  return index === undefined ? undefined : index | 0;
}

/** Writes the settings of a link, of all, or of those to come. */
export function* printNetconf(session: Session, message: NlMsg): Task {
  const { out } = session;
  const family = message.payload[0] ?? 0;
  const attrs = new Attrs(message.payload.subarray(HEADER));
  if (message.type === uapi.RTM_DELNETCONF) out.put('deleted', true, 'Deleted ');
  out.put('family', familyName(family), `${familyName(family)} `);
  const index = indexIn(message);
  if (index !== undefined) {
    if (index > 0) yield* session.learn(index);
    const name = index === ALL ? 'all' : index === DEFAULT ? 'default' : session.linkName(index);
    out.put('interface', name, `${name} `);
  }
  for (const [type, key] of SETTINGS) {
    const value = attrs.u32(type);
    if (value === undefined) continue;
    const word = type === NETCONFA_RP_FILTER ? RP_FILTERS[value] : value === 0 ? 'off' : 'on';
    if (word === undefined) continue;
    out.put(key, type === NETCONFA_RP_FILTER ? word : value !== 0, `${key} ${word} `);
  }
  out.text('\n');
}

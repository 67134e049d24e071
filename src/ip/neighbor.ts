/**
 * ip/neighbor.ts - `ip neighbor`: there are no neighbours in a Netns, so lists are empty and additions are refused.
 */
import * as uapi from '../abi/uapi.js';
import { Writer } from '../wire/bytes.js';
import { readAddress, readPrefix, type Inet } from './address.js';
import { Exit, MISTAKE, USAGE, duplicate, noDevice, unknownCommand, wrongArgument } from './failure.js';
import type { Task } from './io.js';
import { indexIfAny } from './link/device.js';
import { readHardware } from './link/hardware.js';
import { readLink } from './link/print.js';
import { dumpLinks } from './link/show.js';
import type { Session } from './session.js';
import { choose, type Words } from './words.js';

const HELP = `Usage: ip neigh { add | del | change | replace }
                { ADDR [ lladdr LLADDR ] [ nud STATE ] proxy ADDR }
                [ dev DEV ] [ router ] [ use ] [ managed ] [ extern_learn ]
                [ protocol PROTO ]

	ip neigh { show | flush } [ proxy ] [ to PREFIX ] [ dev DEV ] [ nud STATE ]
				  [ vrf NAME ] [ nomaster ]
	ip neigh get { ADDR | proxy ADDR } dev DEV

STATE := { delay | failed | incomplete | noarp | none |
           permanent | probe | reachable | stale }
`;

const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_IFINDEX = 8;
const NTF_USE = 0x01;
const NTF_PROXY = 0x08;
const NTF_EXT_LEARNED = 0x10;
const NTF_ROUTER = 0x80;
const NUD_PERMANENT = 0x80;

/** States by name. */
const STATES: ReadonlyMap<string, number> = new Map([
  ['permanent', NUD_PERMANENT],
  ['reachable', 0x02],
  ['noarp', 0x40],
  ['none', 0],
  ['stale', 0x04],
  ['incomplete', 0x01],
  ['delay', 0x08],
  ['probe', 0x10],
  ['failed', 0x20],
]);

const { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELNEIGH, RTM_NEWNEIGH } = uapi;

type Command = (session: Session, words: Words) => Task;

function modify(type: number, flags: number): Command {
  return (session, words) => modifyNeighbor(session, words, type, flags);
}

const COMMANDS: readonly (readonly [string, Command])[] = [
  ['add', modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL)],
  ['change', modify(RTM_NEWNEIGH, NLM_F_REPLACE)],
  ['chg!', modify(RTM_NEWNEIGH, NLM_F_REPLACE)],
  ['replace', modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE)],
  ['delete', modify(RTM_DELNEIGH, 0)],
  ['get', getNeighbor],
  ['show', showNeighbors],
  ['lst!', showNeighbors],
  ['list', showNeighbors],
  ['flush', flushNeighbors],
  ['help', help],
];

/** `ip neighbor` */
export function* neighbor(session: Session, words: Words): Task {
  if (!words.more) return yield* showNeighbors(session, words);
  const command = choose(words.word, COMMANDS);
  if (command === undefined) throw unknownCommand(words.word, 'neigh');
  words.take();
  yield* command(session, words);
}

function* help(): Task {
  throw new Exit(USAGE, HELP);
}

/** What the words say. */
interface Plan {
  destination?: Inet;
  dev?: string;
  hardware?: Uint8Array;
  state: number;
  flags: number;
}

function* modifyNeighbor(session: Session, words: Words, type: number, flags: number): Task {
  const plan = readPlan(session, words);
  const { destination, dev, hardware } = plan;
  if (dev === undefined || destination === undefined) {
    throw new Exit(USAGE, 'Device and destination are required arguments.\n');
  }
  yield* learnLinks(session);
  const index = yield* findDevice(session, dev);
  const w = header(destination.family, index, plan.state, plan.flags);
  w.attr(NDA_DST, destination.bytes);
  if (hardware !== undefined) w.attr(NDA_LLADDR, hardware);
  yield* session.talk({ type, flags, payload: w.take() });
}

function* getNeighbor(session: Session, words: Words): Task {
  const { destination, dev, flags } = readPlan(session, words);
  if (dev === undefined || destination === undefined) {
    throw new Exit(MISTAKE, 'Device and address are required arguments.\n');
  }
  const index = yield* findDevice(session, dev);
  const w = header(destination.family, index, 0, flags);
  w.attr(NDA_DST, destination.bytes);
  yield* session.ask({ type: uapi.RTM_GETNEIGH, payload: w.take() });
}

function readPlan(session: Session, words: Words): Plan {
  const plan: Plan = { state: NUD_PERMANENT, flags: 0 };
  for (; words.more; words.take()) readWord(plan, words, session.options.family);
  return plan;
}

function readWord(plan: Plan, words: Words, family: number): void {
  switch (words.word) {
    case 'lladdr':
      plan.hardware = readHardware(words.value());
      return;
    case 'nud':
      plan.state = readState(words.value());
      return;
    case 'proxy':
      plan.flags |= NTF_PROXY;
      words.value();
      break;
    case 'router':
      plan.flags |= NTF_ROUTER;
      return;
    case 'use':
      plan.flags |= NTF_USE;
      return;
    case 'extern_learn':
      plan.flags |= NTF_EXT_LEARNED;
      return;
    case 'dev':
      plan.dev = words.value();
      return;
    case 'to':
      words.value();
  }
  if (words.isShort('help')) throw new Exit(USAGE, HELP);
  if (plan.destination !== undefined) throw duplicate('to', words.word);
  plan.destination = readAddress(words.word, family);
}

function readState(word: string): number {
  const state = STATES.get(word);
  if (state === undefined) throw wrongArgument(word, 'nud state is bad');
  return state;
}

function* showNeighbors(session: Session, words: Words): Task {
  yield* list(session, words);
  session.out.begin();
  session.out.end();
}

function* flushNeighbors(session: Session, words: Words): Task {
  if (!words.more) throw new Exit(MISTAKE, 'Flush requires arguments.\n');
  yield* list(session, words);
  if (session.options.stats > 0) session.out.text('Nothing to flush.\n');
}

/** Asks for the neighbours that selectors name; none come. */
function* list(session: Session, words: Words): Task {
  let dev: string | undefined;
  for (; words.more; words.take()) {
    if (words.is('dev')) dev = words.value();
    else if (words.is('nud')) readState(words.value());
    else if (words.is('proxy', 'unused', 'nomaster')) continue;
    else {
      if (words.is('to')) words.value();
      if (words.isShort('help')) throw new Exit(USAGE, HELP);
      readPrefix(words.word, session.options.family);
    }
  }
  yield* learnLinks(session);
  const index = dev === undefined ? 0 : yield* findDevice(session, dev);
  const w = header(session.options.family, 0, 0, 0);
  if (index !== 0) w.attr32(NDA_IFINDEX, index);
  const dump = yield* session.dump({ type: uapi.RTM_GETNEIGH, payload: w.take() });
  while ((yield* dump.next()) !== undefined);
}

function* learnLinks(session: Session): Task {
  const selection = { family: 0, index: 0, flagMask: 0, flags: 0 };
  for (const message of yield* dumpLinks(session, selection, 0)) readLink(session, message);
}

function* findDevice(session: Session, name: string): Task<number> {
  const index = yield* indexIfAny(session, name);
  if (index === 0) throw noDevice(name);
  return index;
}

/** struct ndmsg. */
function header(family: number, index: number, state: number, flags: number): Writer {
  const w = new Writer();
  w.u32(family);
  w.u32(index);
  w.u16(state);
  w.u8(flags);
  w.u8(0);
  return w;
}

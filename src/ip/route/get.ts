/**
 * ip/route/get.ts - `ip route get`: a question to the kernel, and its answer (PROC-43..47).
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { addressBytes, readAddress, readPrefix, type Inet } from '../address.js';
import { Failed, MISTAKE, wrongArgument } from '../failure.js';
import type { Task } from '../io.js';
import { U16_MAX, U32_MAX, must, unsigned } from '../number.js';
import { readIpProtocol } from '../protocol.js';
import type { Request, Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { usage } from './help.js';
import { printRouteMessage } from './print.js';
import { readDsfield } from './tos.js';
import { findVrf } from './vrf.js';

/** A question being put together from words. */
class Question {
  family: number;
  readonly attrs = new Writer();
  dstLength = 0;
  srcLength = 0;
  tos = 0;
  flags = 0;
  mark = 0;
  hasAddress = false;
  isConnected = false;
  isFibMatch = false;
  hasSource = false;
  iif: string | undefined;
  oif: string | undefined;
  /** Index of a VRF, which stands for the output interface. */
  vrf: number | undefined;

  constructor(
    readonly session: Session,
    readonly words: Words,
  ) {
    this.family = session.options.family;
  }

  /** A prefix tells the family when nothing has told it before. */
  prefix(): Inet {
    const inet = readPrefix(this.words.word, this.family);
    if (this.family === 0) this.family = inet.family;
    return inet;
  }

  *request(): Task<Request> {
    const iif = this.iif === undefined ? undefined : yield* this.session.indexOf(this.iif);
    const oif = this.oif === undefined ? this.vrf : yield* this.session.indexOf(this.oif);
    const family = this.family === 0 ? uapi.AF_INET : this.family;
    const lookup = family === uapi.AF_INET ? uapi.RTM_F_LOOKUP_TABLE : 0;
    const match = this.isFibMatch ? uapi.RTM_F_FIB_MATCH : 0;
    const w = new Writer();
    for (const byte of [family, this.dstLength, this.srcLength, this.tos, 0, 0, 0, 0]) w.u8(byte);
    w.u32(this.flags | lookup | match);
    w.raw(this.attrs.take());
    if (iif !== undefined) w.attr32(uapi.RTA_IIF, iif);
    if (oif !== undefined) w.attr32(uapi.RTA_OIF, oif);
    if (this.mark !== 0) w.attr32(uapi.RTA_MARK, this.mark);
    return { type: uapi.RTM_GETROUTE, payload: w.take() };
  }
}

type Keyword = (question: Question) => Task | void;

/** Words that come with a value, in the order in which abbreviations are tried; `!` takes none. */
const VALUES: readonly (readonly [string, Keyword])[] = [
  ['tos!', readTos],
  ['dsfield', readTos],
  ['as!', readAs],
  ['from', readSource],
  ['iif', (q) => void (q.iif = q.words.word)],
  ['mark', readMark],
  ['oif', (q) => void (q.oif = q.words.word)],
  ['dev!', (q) => void (q.oif = q.words.word)],
  ['vrf', readVrf],
  ['uid', (q) => q.attrs.attr32(uapi.RTA_UID, number(q, U32_MAX, 'invalid UID'))],
  ['ipproto', readProtocol],
  ['sport', (q) => putPort(q, uapi.RTA_SPORT, 'invalid sport')],
  ['dport', (q) => putPort(q, uapi.RTA_DPORT, 'invalid dport')],
];

/** Words that stand for themselves. */
const FLAGS: readonly (readonly [string, (question: Question) => void])[] = [
  ['notify', (q) => void (q.flags |= uapi.RTM_F_NOTIFY)],
  ['connected', (q) => void (q.isConnected = true)],
  ['fibmatch', (q) => void (q.isFibMatch = true)],
];

/** `ip route get [to] ADDRESS ...` */
export function* getRoute(session: Session, words: Words): Task {
  const question = new Question(session, words);
  for (; words.more; words.take()) {
    const keyword = choose(words.word, VALUES);
    const flag = choose(words.word, FLAGS);
    if (keyword !== undefined) {
      words.value();
      yield* keyword(question) ?? [];
    } else if (flag !== undefined) flag(question);
    else readDestination(question);
  }
  if (!question.hasAddress) throw new Failed(MISTAKE, 'need at least a destination address\n');
  const request = yield* question.request();
  yield* answer(session, request, question);
}

/** Asks, and shows the answer; `connected` without a source asks once more, and shows that as text, even with `-j`. */
function* answer(session: Session, request: Request, { isConnected, hasSource }: Question): Task {
  const first = yield* session.ask(request);
  session.out.begin();
  if (first !== undefined) yield* printRouteMessage(session, first);
  session.out.end();
  if (!isConnected || hasSource) return;
  const second: NlMsg | undefined = yield* session.ask(request);
  if (second !== undefined) yield* printRouteMessage(session, second);
}

/** `[to] ADDRESS`, or `help`. A length is no part of the question. */
function readDestination(question: Question): void {
  const { words, session } = question;
  if (words.is('to')) words.value();
  if (words.isShort('help')) throw usage();
  const { family, bytes, length, hasLength } = question.prefix();
  const width = 8 * addressBytes(family);
  if (hasLength && length !== width) {
    session.err(`Warning: /${length} as prefix is invalid, only /${width} (or none) is supported.\n`);
  }
  if (bytes.length > 0) question.attrs.attr(uapi.RTA_DST, bytes);
  question.dstLength = hasLength ? width : length;
  question.hasAddress = true;
}

function readSource(question: Question): void {
  const { bytes, length } = question.prefix();
  if (bytes.length > 0) question.attrs.attr(uapi.RTA_SRC, bytes);
  question.srcLength = length;
  question.hasSource = true;
}

function readAs({ attrs, words, family }: Question): void {
  if (words.is('to')) words.value();
  attrs.attr(uapi.RTA_NEWDST, readAddress(words.word, family).bytes);
}

function readTos(question: Question): void {
  const { words, session } = question;
  question.tos = must(readDsfield(words.word, session.names), words.word, 'TOS value is invalid');
}

function readMark(question: Question): void {
  const { word } = question.words;
  const mark = unsigned(word);
  if (mark === undefined) throw wrongArgument(word, 'invalid mark value');
  question.mark = mark;
}

function* readVrf(question: Question): Task {
  question.vrf = (yield* findVrf(question.session, question.words.word)).index;
}

function readProtocol({ attrs, words }: Question): void {
  const protocol = must(readIpProtocol(words.word), words.word, 'Invalid "ipproto" value');
  attrs.attr(uapi.RTA_IP_PROTO, Uint8Array.of(protocol));
}

/** Ports are in network order. */
function putPort(question: Question, type: number, why: string): void {
  const port = number(question, U16_MAX, why);
  question.attrs.attr(type, Uint8Array.of(port >>> 8, port));
}

function number({ words }: Question, max: number, why: string): number {
  return must(unsigned(words.word, max), words.word, why);
}

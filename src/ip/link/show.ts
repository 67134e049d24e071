/**
 * ip/link/show.ts - `ip link show`: one link by name, or a dump of those that are asked for.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { Failed, MISTAKE } from '../failure.js';
import type { Task } from '../io.js';
import { AF_PACKET } from '../options.js';
import { isLinkName, zeroEnded, type Session } from '../session.js';
import type { Words } from '../words.js';
import { indexIfAny } from './device.js';
import { LINK_HELP } from './help.js';
import { printBrief, printLink, readLink, type LinkView } from './print.js';
import { hasLink, readSelection, usageOf, type Selection } from './select.js';

const RTEXT_FILTER_VF = 1;

/** `ip link show` */
export function* showLinks(session: Session, words: Words): Task {
  session.hasShownLinks = true;
  const selection = yield* readSelection(session, words, AF_PACKET, usageOf(LINK_HELP));
  const messages =
    selection.device === undefined
      ? yield* dumpLinks(session, selection, AF_PACKET)
      : [yield* getLink(session, selection, selection.device)];
  yield* printLinks(session, selection, messages);
}

/** `ip address show dev NAME` behind `ip link show`: that link alone, less of it where a family was asked for. */
export function* showOneLink(session: Session, selection: Selection, device: string): Task {
  yield* printLinks(session, selection, [yield* getLink(session, selection, device)]);
}

function* printLinks(session: Session, selection: Selection, messages: readonly NlMsg[]): Task {
  const views = messages.map((message) => readLink(session, message));
  const { out } = session;
  out.begin();
  for (const view of views) {
    out.openObject();
    if (hasLink(selection, view) && selection.label === undefined) yield* printOne(session, selection, view);
    out.closeObject();
  }
  out.end();
}

function* printOne(session: Session, { family }: Selection, view: LinkView): Task {
  const { options, out } = session;
  if (options.brief) return yield* printBrief(session, view, family !== AF_PACKET);
  const hasHardware = family === AF_PACKET || family === 0 || options.details > 0;
  yield* printLink(session, view, { isLinkObject: true, hasQueue: true, hasHardware });
  out.text('\n');
}

/** Asks for all links that a selection lets the kernel choose. @throws {Failed} */
export function* dumpLinks(session: Session, selection: Selection, family: number): Task<NlMsg[]> {
  const w = new Writer();
  w.u32(family);
  w.zeros(12);
  if (family === 0 || family === AF_PACKET) putFilter(w, selection);
  const dump = yield* session.dump({ type: uapi.RTM_GETLINK, payload: w.take() });
  const messages: NlMsg[] = [];
  for (let message = yield* dump.next(); message !== undefined; message = yield* dump.next()) {
    if (message.type === uapi.RTM_NEWLINK) messages.push(message);
  }
  return messages;
}

/** What the kernel is to look at; it is not asked to with the links of an address family. */
function putFilter(w: Writer, { master, kind }: Selection): void {
  w.attr32(uapi.IFLA_EXT_MASK, RTEXT_FILTER_VF);
  if (master !== undefined) w.attr32(uapi.IFLA_MASTER, master);
  if (kind === undefined || kind.endsWith('_slave')) return;
  const info = w.open(uapi.IFLA_LINKINFO);
  w.attr(uapi.IFLA_INFO_KIND, new TextEncoder().encode(kind));
  w.close(info);
}

/** Asks for one link by its name. @throws {Failed} there is none */
function* getLink(session: Session, selection: Selection, name: string): Task<NlMsg> {
  selection.index = yield* indexIfAny(session, name);
  if (selection.index === 0) throw noSuchDevice(name);
  const w = new Writer();
  w.u32(selection.family);
  w.zeros(12);
  w.attr(isLinkName(name) ? uapi.IFLA_IFNAME : uapi.IFLA_ALT_IFNAME, zeroEnded(name));
  w.attr32(uapi.IFLA_EXT_MASK, RTEXT_FILTER_VF);
  const answer = yield* session.ask({ type: uapi.RTM_GETLINK, payload: w.take() });
  if (answer === undefined) throw noSuchDevice(name);
  return answer;
}

/** `Device "x" does not exist.` */
export function noSuchDevice(name: string): Failed {
  return new Failed(MISTAKE, `Device "${name}" does not exist.\n`);
}

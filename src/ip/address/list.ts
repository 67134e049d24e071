/**
 * ip/address/list.ts - `ip address show`: links, and below each its addresses.
 *
 * Both are dumped first. A link is left out when none of its addresses is asked for; one without any stays, unless
 * a family is asked for. Which of the addresses are shown is looked at again one by one: in JSON those that are not
 * leave an empty object.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { Failed } from '../failure.js';
import type { Task } from '../io.js';
import { indexIfAny } from '../link/device.js';
import { printBrief, printLink, readLink, type LinkView } from '../link/print.js';
import { hasLink, readSelection, usageOf, type Selection } from '../link/select.js';
import { dumpLinks, noSuchDevice, showOneLink } from '../link/show.js';
import { printStats } from '../link/stats.js';
import { AF_PACKET } from '../options.js';
import type { Session } from '../session.js';
import type { Words } from '../words.js';
import { ADDRESS_HELP } from './help.js';
import { hasAddress, printAddress, readAddressMessage, type AddressView } from './print.js';

const RTEXT_FILTER_VF = 1;

/** Reads selectors, and looks up the device among them. @throws {Exit} {Failed} */
export function* readAddressSelection(session: Session, words: Words): Task<Selection> {
  const selection = yield* readSelection(session, words, session.options.family, usageOf(ADDRESS_HELP));
  const { device } = selection;
  if (device === undefined) return selection;
  selection.index = yield* indexIfAny(session, device);
  if (selection.index === 0) throw noSuchDevice(device);
  return selection;
}

/** `ip address show` */
export function* showAddresses(session: Session, words: Words): Task {
  const selection = yield* readAddressSelection(session, words);
  const { family, device, group } = selection;
  if (session.hasShownLinks && device !== undefined && group === undefined)
    return yield* showOneLink(session, selection, device);
  const messages =
    selection.index === 0
      ? yield* dumpLinks(session, selection, session.options.family)
      : [yield* getLink(session, selection.index, family)];
  const addresses = family === AF_PACKET ? [] : yield* dumpAddresses(session, selection);
  const links = messages.map((message) => readLink(session, message));
  const { out } = session;
  out.begin();
  for (const link of links) {
    const own = addresses.filter(({ index }) => index === link.link.index);
    if (family !== AF_PACKET && !isWanted(session, selection, own)) continue;
    out.openObject();
    yield* printOne(session, selection, link, own);
    out.closeObject();
  }
  out.end();
}

/** True for a link of whose addresses one is asked for, or that has none. */
function isWanted(session: Session, selection: Selection, own: readonly AddressView[]): boolean {
  const asked = { ...selection, family: 0 };
  const isFamilyWanted = selection.family !== 0;
  if (own.length === 0) return !isFamilyWanted;
  return own.some((view) => hasAddress(asked, view, session.linkName(view.index)));
}

/** A link and its addresses. With -o and a family of addresses the link is left out. */
function* printOne(
  session: Session,
  selection: Selection,
  link: LinkView,
  own: readonly AddressView[],
): Task {
  const { options } = session;
  const isLinkOnly = selection.family === AF_PACKET;
  const isLinkShown = options.brief || isLinkOnly || !options.oneLine;
  if (isLinkShown) {
    if (!hasLink(selection, link)) return;
    if (selection.label === undefined) yield* printLinkOf(session, selection, link, isLinkOnly);
  }
  const hasCounters = isLinkOnly || (selection.label === undefined && !options.brief && !options.oneLine);
  if (!isLinkOnly) yield* printOwn(session, selection, own);
  if (hasCounters) printCounters(session, link);
}

function* printLinkOf(session: Session, selection: Selection, link: LinkView, isLinkOnly: boolean): Task {
  const { out, options } = session;
  if (options.brief) return yield* printBrief(session, link, !isLinkOnly);
  const hasHardware = selection.family === 0 || isLinkOnly || options.details > 0;
  yield* printLink(session, link, { isLinkObject: session.hasShownLinks, hasQueue: true, hasHardware });
  out.text('\n');
}

function* printOwn(session: Session, selection: Selection, own: readonly AddressView[]): Task {
  const { out, options } = session;
  out.openArray('addr_info');
  for (const view of own) {
    out.openObject();
    if (hasAddress(selection, view, session.linkName(view.index))) {
      yield* printAddress(session, view, { hasLink: options.oneLine });
    }
    out.closeObject();
  }
  out.closeArray();
  if (options.brief) out.text('\n');
}

/** Statistics, unless they were told with the link. */
function printCounters(session: Session, link: LinkView): void {
  if (session.options.stats === 0 || session.hasShownLinks) return;
  printStats(session, link.attrs);
  session.out.text('\n');
}

/** Asks for one link by its index. @throws {Failed} */
function* getLink(session: Session, index: number, family: number): Task<NlMsg> {
  const w = new Writer();
  w.u32(family);
  w.u32(index);
  w.zeros(8);
  const noStats = session.options.stats === 0 ? uapi.RTEXT_FILTER_SKIP_STATS : 0;
  w.attr32(uapi.IFLA_EXT_MASK, RTEXT_FILTER_VF | noStats);
  const answer = yield* session.ask({ type: uapi.RTM_GETLINK, payload: w.take() });
  if (answer === undefined) throw new Failed(1);
  return answer;
}

/** Asks for the addresses of a selection. @throws {Failed} */
export function* dumpAddresses(session: Session, selection: Selection): Task<AddressView[]> {
  const dump = yield* session.dump({ type: uapi.RTM_GETADDR, payload: addressRequest(selection) });
  const views: AddressView[] = [];
  for (let message = yield* dump.next(); message !== undefined; message = yield* dump.next()) {
    if (message.type === uapi.RTM_NEWADDR) views.push(readAddressMessage(message));
  }
  return views;
}

/** struct ifaddrmsg of a dump: family and link. */
function addressRequest({ family, index }: Selection): Uint8Array {
  const w = new Writer();
  w.u32(family);
  w.u32(index);
  return w.take();
}

/**
 * ip/vrf.ts - `ip vrf show`: the VRFs and their tables. Processes, which the other commands are about, there are none.
 */
import * as uapi from '../abi/uapi.js';
import { Writer } from '../wire/bytes.js';
import { IFINFOMSG_BYTES, decodeLink, type LinkMessage } from '../wire/link.js';
import { Exit, Failed, USAGE, unknownCommand } from './failure.js';
import type { Task } from './io.js';
import { zeroEnded, type Session } from './session.js';
import type { Words } from './words.js';

const HELP = `Usage:	ip vrf show [NAME] ...
	ip vrf exec [NAME] cmd ...
	ip vrf identify [PID]
	ip vrf pids [NAME]
`;

/** `ip vrf` */
export function* vrf(session: Session, words: Words): Task {
  if (words.isShort('help')) throw new Exit(USAGE, HELP);
  if (['identify', 'pids', 'exec'].some((name) => words.isShort(name))) {
    throw new Failed(USAGE, 'Invalid VRF name\n');
  }
  if (words.more && !['show', 'lst', 'list'].some((name) => words.isShort(name))) {
    throw unknownCommand(words.word, 'vrf');
  }
  if (words.more) words.take();
  yield* show(session, words.more ? words.word : undefined);
}

function* show(session: Session, only: string | undefined): Task {
  const { out } = session;
  if (only !== undefined) {
    const { name = '', table = 0 } = yield* findVrf(session, only);
    return out.text(`${name} ${table}\n`); // with -j too
  }
  const vrfs = yield* listVrfs(session);
  out.begin();
  out.text('Name              Table\n-----------------------\n');
  for (const { name = '', table = 0 } of vrfs) {
    out.openObject();
    out.put('name', name, name.padEnd(16));
    out.put('table', table, `  ${String(table).padStart(5)}\n`);
    out.closeObject();
  }
  if (vrfs.length === 0) out.text('No VRF has been configured\n');
  out.end();
}

function* listVrfs(session: Session): Task<LinkMessage[]> {
  const w = new Writer();
  w.zeros(IFINFOMSG_BYTES);
  const info = w.open(uapi.IFLA_LINKINFO);
  w.attr(uapi.IFLA_INFO_KIND, new TextEncoder().encode('vrf'));
  w.close(info);
  const dump = yield* session.dump({ type: uapi.RTM_GETLINK, payload: w.take() });
  const list: LinkMessage[] = [];
  for (let message = yield* dump.next(); message !== undefined; message = yield* dump.next()) {
    const link = decodeLink(message.payload);
    if (link.kind === 'vrf') list.push(link);
  }
  return list;
}

/** @throws {Failed} there is no VRF of this name */
function* findVrf(session: Session, name: string): Task<LinkMessage> {
  const w = new Writer();
  w.zeros(IFINFOMSG_BYTES);
  w.attr(uapi.IFLA_IFNAME, zeroEnded(name));
  try {
    const answer = yield* session.ask({ type: uapi.RTM_GETLINK, payload: w.take() }, session.main, true);
    const link = answer && decodeLink(answer.payload);
    if (link?.kind === 'vrf') return link;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
  }
  throw new Failed(USAGE, 'Invalid VRF\n');
}

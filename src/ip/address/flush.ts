/**
 * ip/address/flush.ts - `ip address flush`: dumps and deletes, again and again until nothing is left.
 */
import * as uapi from '../../abi/uapi.js';
import { Exit, Failed, MISTAKE } from '../failure.js';
import type { Task } from '../io.js';
import type { Selection } from '../link/select.js';
import { AF_PACKET } from '../options.js';
import type { Request, Session } from '../session.js';
import type { Words } from '../words.js';
import { dumpAddresses, readAddressSelection } from './list.js';
import { hasAddress, printAddress, type AddressView } from './print.js';

/** `ip address flush` */
export function* flushAddresses(session: Session, words: Words): Task {
  if (!words.more) throw new Exit(MISTAKE, 'Flush requires arguments.\n');
  const selection = yield* readAddressSelection(session, words);
  if (selection.family === AF_PACKET) throw new Exit(MISTAKE, 'Cannot flush link addresses.\n');
  const { options, out } = session;
  for (let round = 0; options.flushLoops === 0 || round < options.flushLoops; round++) {
    const found = yield* findAll(session, selection);
    if (found.length === 0) return tellEnd(session, round);
    if (options.stats > 1) for (const view of found) yield* printAddress(session, view, { hasLink: true });
    yield* deleteAll(session, found);
    if (options.stats > 0) out.text(`\n*** Round ${round + 1}, deleting ${found.length} addresses ***\n`);
    if (isPrimary(selection)) return tellEnd(session, round + 1);
  }
  throw new Failed(MISTAKE, `*** Flush remains incomplete after ${options.flushLoops} rounds. ***\n`);
}

/** Of primary addresses only: what is left may be secondaries that took their place. */
function isPrimary({ flagMask, flags }: Selection): boolean {
  return (flagMask & ~flags & uapi.IFA_F_SECONDARY) !== 0;
}

function tellEnd({ out, options }: Session, rounds: number): void {
  if (options.stats === 0) return;
  const times = rounds === 1 ? '1 round' : `${rounds} rounds`;
  out.text(rounds === 0 ? 'Nothing to flush.\n' : `*** Flush is complete after ${times} ***\n`);
}

function* findAll(session: Session, selection: Selection): Task<AddressView[]> {
  const views = yield* dumpAddresses(session, selection);
  return views.filter((view) => hasAddress(selection, view, session.linkName(view.index)));
}

/** Deletes addresses by the messages that told of them, in one datagram that is not acknowledged. */
function* deleteAll(session: Session, views: readonly AddressView[]): Task {
  const requests: Request[] = views.map(({ message }) => ({
    type: uapi.RTM_DELADDR,
    payload: message.payload,
  }));
  yield* session.send(requests);
}

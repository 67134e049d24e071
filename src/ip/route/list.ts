/**
 * ip/route/list.ts - `ip route show`, `flush` and `save`: dumps, and what is done with each route.
 */
import * as uapi from '../../abi/uapi.js';
import { strerror } from '../../errors.js';
import { align4 } from '../../wire/bytes.js';
import { NLMSG_HEADER, encodeMessage, type NlMsg } from '../../wire/nlmsg.js';
import { ROUTE_SAVE_MAGIC } from '../../wire/route-save.js';
import { Failed, MISTAKE, REFUSED } from '../failure.js';
import type { Task } from '../io.js';
import { savedMagic } from '../saved.js';
import { isRefusedWith, type Request, type Session } from '../session.js';
import type { Words } from '../words.js';
import { printRouteMessage } from './print.js';
import { readSelector, type Selector } from './selector.js';

/** Bytes of deletions that are sent at once. */
const FLUSH_BYTES = 3584;

/** `ip route show [SELECTOR]` */
export function* showRoutes(session: Session, words: Words): Task {
  const selector = yield* readSelector(session, words);
  const view = { tables: selector.table === 0, hidden: selector.hidden() };
  session.out.begin();
  yield* eachRouteSoFar(session, selector, (message) => printRouteMessage(session, message, view));
  session.out.end();
}

/** Does something with every route that is wanted. A main table that is not there yet is an empty one. */
function* eachRouteSoFar(session: Session, selector: Selector, take: (message: NlMsg) => Task | void): Task {
  try {
    yield* eachRoute(session, selector, take);
  } catch (error) {
    if (selector.table !== uapi.RT_TABLE_MAIN || !isRefusedWith(error, uapi.ENOENT)) throw error;
  }
}

/** Does something with every route that is wanted; a dump that is refused ends with `terminated`. */
function* eachRoute(
  session: Session,
  selector: Selector,
  take: (message: NlMsg) => Task | void,
  terminated = 'Dump terminated\n',
): Task {
  const dump = yield* session.dump({ type: uapi.RTM_GETROUTE, payload: selector.request() }, terminated);
  for (;;) {
    const message = yield* dump.next();
    if (message === undefined) return;
    if (message.type === uapi.RTM_NEWROUTE && selector.wants(message.payload)) yield* take(message) ?? [];
  }
}

/** `ip route save [SELECTOR]`: the magic number, and the messages as they came (NL-51). */
export function* saveRoutes(session: Session, words: Words): Task {
  const { binary } = session.output;
  binary.push(savedMagic(ROUTE_SAVE_MAGIC));
  const selector = yield* readSelector(session, words);
  yield* eachRouteSoFar(session, selector, (message) => void binary.push(encodeMessage(message)));
}

/** `ip route flush SELECTOR`: deletes what is wanted, and looks again until nothing is. */
export function* flushRoutes(session: Session, words: Words): Task {
  if (!words.more) throw new Failed(MISTAKE, '"ip route flush" requires arguments.\n');
  const selector = yield* readSelector(session, words);
  if (selector.isCache && selector.family !== uapi.AF_INET6) {
    yield { do: 'sysctl', socket: session.main, name: 'ipv4.route.flush', value: -1 };
    report(session, '*** IPv4 routing cache is flushed.\n');
    if (selector.family === uapi.AF_INET) return;
  }
  for (let round = 0; ; round++) {
    const flush = new Flush(session, selector);
    yield* eachRoute(session, selector, (message) => flush.take(message), 'Flush terminated\n');
    yield* flush.send();
    if (flush.count === 0) return report(session, round === 0 ? 'Nothing to flush.\n' : doneAfter(round));
    report(session, `\n*** Round ${round + 1}, deleting ${flush.count} entries ***\n`);
  }
}

/** One round: deletions that wait until a datagram is full. */
class Flush {
  count = 0;
  #waiting: Request[] = [];
  #bytes = 0;

  constructor(
    readonly session: Session,
    readonly selector: Selector,
  ) {}

  *take(message: NlMsg): Task {
    const length = NLMSG_HEADER + align4(message.payload.length);
    if (this.#bytes + length > FLUSH_BYTES) yield* this.send();
    this.#waiting.push({ type: uapi.RTM_DELROUTE, payload: message.payload });
    this.#bytes += length;
    this.count++;
    if (this.session.options.stats < 2) return;
    const view = { tables: this.selector.table === 0, hidden: this.selector.hidden() };
    yield* printRouteMessage(this.session, message, view);
  }

  /**
   * Sends what waits. There are no acks, and a refusal behind a part of the dump is not seen: what was not deleted is
   * found again in the next round.
   * @throws {Failed} the kernel refuses, and says so at once
   */
  *send(): Task {
    if (this.#waiting.length === 0) return;
    yield* this.session.send(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    const errno = yield* this.session.refusedWith();
    if (errno !== 0) throw new Failed(REFUSED, `Failed to send flush request: ${strerror(errno)}\n`);
  }
}

function doneAfter(round: number): string {
  return `*** Flush is complete after ${round} round${round > 1 ? 's' : ''} ***\n`;
}

function report({ options, output }: Session, text: string): void {
  if (options.stats > 0) output.stdout += text;
}

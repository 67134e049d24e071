/**
 * ip/route/restore.ts - `ip route restore` and `ip route showdump`: what `ip route save` wrote (NL-51, NL-53).
 */
import * as uapi from '../../abi/uapi.js';
import { WireError } from '../../errors.js';
import { Writer, u32 } from '../../wire/bytes.js';
import { decodeLink } from '../../wire/link.js';
import { messages, type NlMsg } from '../../wire/nlmsg.js';
import { ROUTE_SAVE_MAGIC } from '../../wire/route-save.js';
import { RTMSG_BYTES } from '../../wire/route.js';
import { decodeAttrs } from '../../wire/rtattr.js';
import { Failed, MISTAKE, REFUSED } from '../failure.js';
import type { Task } from '../io.js';
import { isRefusedWith, type Session } from '../session.js';
import { printRouteMessage } from './print.js';

const RTEXT_FILTER_VF = 1;

/** `ip route showdump`: the routes of a saved file; never in JSON. */
export function* showDump(session: Session): Task {
  for (const message of wholeMessages(yield* readSaved())) yield* printRouteMessage(session, message);
}

/**
 * `ip route restore`: adds what was saved, in three passes, so that what a gateway stands on comes before it. A route
 * that is there already is told of and no error.
 */
export function* restoreRoutes(session: Session): Task {
  const list = [...wholeMessages(yield* readSaved())];
  yield* learnAll(session);
  for (let pass = 0; pass < 3; pass++) {
    for (const message of list) if (passOf(message) === pass) yield* restore(session, message);
  }
}

/** The standard input, which begins with the magic number. @throws {Failed} it is something else */
function* readSaved(): Task<Uint8Array> {
  const bytes = (yield { do: 'read', file: '-' }) ?? new Uint8Array(0);
  const magic = bytes.length < 4 ? 0 : u32(bytes, 0);
  if (magic !== ROUTE_SAVE_MAGIC) {
    const elements = bytes.length < 4 ? 0 : 1;
    throw new Failed(MISTAKE, `Magic mismatch (${elements} elems, ${magic.toString(16)} magic)\n`);
  }
  return bytes;
}

/** The messages behind the magic number. @throws {Failed} the last one is cut */
function* wholeMessages(bytes: Uint8Array): Generator<NlMsg, void> {
  try {
    yield* messages(bytes, 4);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new Failed(REFUSED, 'rtnl-from_file: truncated message\n');
  }
}

/** All interfaces are asked for first, though routes name them by index. */
function* learnAll(session: Session): Task {
  const w = new Writer();
  w.zeros(16);
  w.attr32(uapi.IFLA_EXT_MASK, RTEXT_FILTER_VF);
  const dump = yield* session.dump({ type: uapi.RTM_GETLINK, payload: w.take() });
  for (let link = yield* dump.next(); link !== undefined; link = yield* dump.next()) {
    session.remember(decodeLink(link.payload));
  }
}

/** 0 what stands for itself, 1 what prefers a source, 2 what has a gateway. */
function passOf({ payload }: NlMsg): number {
  const types = new Set(decodeAttrs(payload.subarray(RTMSG_BYTES)).map(({ type }) => type));
  return types.has(uapi.RTA_GATEWAY) ? 2 : types.has(uapi.RTA_PREFSRC) ? 1 : 0;
}

function* restore(session: Session, { type, flags, payload }: NlMsg): Task {
  try {
    yield* session.talk({ type, flags: flags | uapi.NLM_F_CREATE, payload });
  } catch (error) {
    if (!isRefusedWith(error, uapi.EEXIST)) throw error;
    session.err(error.stderr);
  }
}

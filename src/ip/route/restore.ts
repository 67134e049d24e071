/**
 * ip/route/restore.ts - `ip route restore` and `ip route showdump`: what `ip route save` wrote (NL-51, NL-53).
 */
import * as uapi from '../../abi/uapi.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { ROUTE_SAVE_MAGIC } from '../../wire/route-save.js';
import { RTMSG_BYTES } from '../../wire/route.js';
import { decodeAttrs } from '../../wire/rtattr.js';
import { MISTAKE, REFUSED } from '../failure.js';
import type { Task } from '../io.js';
import { learnLinks, readSaved, savedMessages } from '../saved.js';
import { isRefusedWith, type Session } from '../session.js';
import { printRouteMessage } from './print.js';

/** `ip route showdump`: the routes of a saved file; never in JSON. */
export function* showDump(session: Session): Task {
  const bytes = yield* readSaved(ROUTE_SAVE_MAGIC, MISTAKE);
  for (const message of savedMessages(bytes, REFUSED)) yield* printRouteMessage(session, message);
}

/**
 * `ip route restore`: adds what was saved, in three passes, so that what a gateway stands on comes before it. A route
 * that is there already is told of and no error.
 */
export function* restoreRoutes(session: Session): Task {
  const list = [...savedMessages(yield* readSaved(ROUTE_SAVE_MAGIC, MISTAKE), REFUSED)];
  yield* learnLinks(session);
  for (let pass = 0; pass < 3; pass++) {
    for (const message of list) if (passOf(message) === pass) yield* restore(session, message);
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

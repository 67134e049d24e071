/**
 * ip/nexthop/vrf.ts - the index of a VRF by its name, as the selectors of nexthop objects take it.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { decodeLink } from '../../wire/link.js';
import { Failed } from '../failure.js';
import type { Task } from '../io.js';
import { invalid } from '../number.js';
import { zeroEnded, type Session } from '../session.js';

/** @throws {Exit} `name` is no VRF */
export function* indexOfVrf(session: Session, name: string): Task<number> {
  const w = new Writer();
  w.zeros(16);
  w.attr(uapi.IFLA_IFNAME, zeroEnded(name));
  try {
    const answer = yield* session.ask({ type: uapi.RTM_GETLINK, payload: w.take() }, session.main, true);
    const link = answer && decodeLink(answer.payload);
    if (link?.table !== undefined) return link.index;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
  }
  throw invalid(name, 'Invalid VRF');
}

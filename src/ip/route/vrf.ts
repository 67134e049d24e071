/**
 * ip/route/vrf.ts - the table of a VRF device by its name.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { decodeLink } from '../../wire/link.js';
import { Failed } from '../failure.js';
import type { Task } from '../io.js';
import { invalid } from '../number.js';
import { zeroEnded, type Session } from '../session.js';

/** Index and table of a VRF. */
export interface Vrf {
  readonly index: number;
  readonly table: number;
}

/** @throws {Exit} `name` is no VRF */
export function* findVrf(session: Session, name: string): Task<Vrf> {
  const w = new Writer();
  w.zeros(16);
  w.attr(uapi.IFLA_IFNAME, zeroEnded(name));
  try {
    const answer = yield* session.ask({ type: uapi.RTM_GETLINK, payload: w.take() }, session.main, true);
    const link = answer && decodeLink(answer.payload);
    if (link?.table !== undefined) return { index: link.index, table: link.table };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
  }
  throw invalid(name, 'Invalid VRF');
}

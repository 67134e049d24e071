/**
 * ip/saved.ts - what `save` writes and `restore` reads: a magic number, and the messages of a dump (NL-51, NL-52).
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { Writer, u32 } from '../wire/bytes.js';
import { decodeLink } from '../wire/link.js';
import { messages, type NlMsg } from '../wire/nlmsg.js';
import { Exit } from './failure.js';
import type { Task } from './io.js';
import type { Session } from './session.js';

const RTEXT_FILTER_VF = 1;
const MAGIC_BYTES = 4;

/** The bytes of a magic number. */
export function savedMagic(magic: number): Uint8Array {
  return Uint8Array.from([0, 8, 16, 24], (shift) => magic >>> shift);
}

/** The standard input, which begins with `magic`. @throws {Exit} it is something else */
export function* readSaved(magic: number, code: number): Task<Uint8Array> {
  const bytes = (yield { do: 'read', file: '-' }) ?? new Uint8Array(0);
  const elements = bytes.length < MAGIC_BYTES ? 0 : 1;
  const found = elements === 0 ? 0 : u32(bytes, 0);
  if (found === magic) return bytes;
  throw new Exit(code, `Magic mismatch (${elements} elems, ${found.toString(16)} magic)\n`);
}

/** The messages behind the magic number. @throws {Exit} once reached: the last one is cut */
export function* savedMessages(bytes: Uint8Array, code: number): Generator<NlMsg, void> {
  try {
    yield* messages(bytes, MAGIC_BYTES);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new Exit(code, 'rtnl-from_file: truncated message\n');
  }
}

/** All interfaces are asked for before anything is restored, though messages name them by index. */
export function* learnLinks(session: Session): Task {
  const w = new Writer();
  w.zeros(16);
  w.attr32(uapi.IFLA_EXT_MASK, RTEXT_FILTER_VF);
  const dump = yield* session.dump({ type: uapi.RTM_GETLINK, payload: w.take() });
  for (let link = yield* dump.next(); link !== undefined; link = yield* dump.next()) {
    session.remember(decodeLink(link.payload));
  }
}

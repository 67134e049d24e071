/**
 * ip/address/saved.ts - `ip address save`, `restore` and `showdump`: a magic number, then the messages of a dump (NL-52).
 */
import * as uapi from '../../abi/uapi.js';
import { Writer, align4, u32 } from '../../wire/bytes.js';
import { messages, type NlMsg } from '../../wire/nlmsg.js';
import { Exit, Failed, USAGE } from '../failure.js';
import type { Task } from '../io.js';
import { dumpLinks } from '../link/show.js';
import type { Session } from '../session.js';
import type { Words } from '../words.js';
import { WireError } from '../../errors.js';
import { dumpAddresses, readAddressSelection } from './list.js';
import { printAddress, readAddressMessage } from './print.js';

const MAGIC = 0x47361222;
const MAGIC_BYTES = 4;

/** `ip address save`: all addresses of a device; other selectors are not looked at. */
export function* saveAddresses(session: Session, words: Words): Task {
  const selection = yield* readAddressSelection(session, words);
  const views = yield* dumpAddresses(session, selection);
  const w = new Writer();
  w.u32(MAGIC);
  for (const { message } of views) putSaved(w, message);
  session.output.binary.push(w.take());
}

function putSaved(w: Writer, { type, flags, seq, pid, payload }: NlMsg): void {
  w.u32(16 + payload.length);
  w.u16(type);
  w.u16(flags);
  w.u32(seq);
  w.u32(pid);
  w.raw(payload);
  w.zeros(align4(payload.length) - payload.length);
}

/** `ip address restore`: adds them again; what is refused is told and passed over. */
export function* restoreAddresses(session: Session): Task {
  const saved = yield* readSaved();
  yield* dumpLinks(session, { family: 0, index: 0, flagMask: 0, flags: 0 }, 0);
  for (const { type, flags, payload } of saved) {
    try {
      yield* session.talk({ type, flags: flags | uapi.NLM_F_CREATE, payload });
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      session.err(error.stderr);
    }
  }
}

/** `ip address showdump` */
export function* showDump(session: Session): Task {
  const saved = yield* readSaved();
  const { out } = session;
  out.begin();
  out.openObject();
  out.openArray('addr_info');
  for (const message of saved) {
    out.openObject();
    const view = readAddressMessage(message);
    if (out.json) out.put('index', view.index);
    else out.text(`if${view.index}:\n`);
    yield* printAddress(session, view, { hasLink: false });
    out.closeObject();
  }
  out.closeArray();
  out.closeObject();
  out.end();
}

/** The messages in the standard input. @throws {Exit} it holds none */
function* readSaved(): Task<NlMsg[]> {
  const bytes = (yield { do: 'read', file: '-' }) ?? new Uint8Array(0);
  const magic = bytes.length < MAGIC_BYTES ? undefined : u32(bytes, 0);
  if (magic !== MAGIC) {
    const seen = magic === undefined ? '0 elems, 0' : `1 elems, ${magic.toString(16)}`;
    throw new Exit(USAGE, `Magic mismatch (${seen} magic)\n`);
  }
  const list: NlMsg[] = [];
  try {
    for (const message of messages(bytes.subarray(MAGIC_BYTES))) list.push(message);
  } catch (error) {
    if (!(error instanceof WireError)) throw error; // a file that was cut: what is whole counts
  }
  return list.filter(({ type }) => type === uapi.RTM_NEWADDR);
}

/**
 * ip/nexthop/print.ts - nexthop objects and buckets as `ip nexthop` and `ip monitor` write them (PROC-49).
 */
import * as uapi from '../../abi/uapi.js';
import type { NexthopMember } from '../../model/nexthop.js';
import { NHMSG_BYTES, decodeNexthop, type NexthopMessage } from '../../wire/nexthop.js';
import { u32 } from '../../wire/bytes.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { Attrs } from '../attrs.js';
import type { Task } from '../io.js';
import type { Printer } from '../printer.js';
import type { Session } from '../session.js';

/** Hundredths of a second in a second: USER_HZ. */
const HZ = 100;

/** Writes an object, with the newline behind it. */
export function* printNexthop(session: Session, message: NlMsg): Task {
  const { out } = session;
  const object = decodeNexthop(message.payload);
  if (object.oif !== undefined) yield* session.learn(object.oif);
  if (message.type === uapi.RTM_DELNEXTHOP) out.put('deleted', true, 'Deleted ');
  printFields(session, object);
  out.text('\n');
}

/** Writes what is known of an object on a line of its own below the route that uses it. */
export function printNexthopInfo(session: Session, object: NexthopMessage): void {
  session.out.openObject('nh_info');
  session.out.text('\n\tnh_info ');
  printFields(session, object);
  session.out.closeObject();
}

/** Writes all fields; the interface is known already. */
function printFields(session: Session, object: NexthopMessage): void {
  const { out } = session;
  out.put('id', object.id, `id ${object.id} `);
  if (object.group !== undefined) printGroup(out, object, object.group);
  if (object.via !== undefined) out.put('gateway', object.via, `via ${object.via} `);
  if (object.oif !== undefined) {
    out.put('dev', session.linkName(object.oif), `dev ${session.linkName(object.oif)} `);
  }
  printScope(session, object);
  if (object.blackhole === true) out.put('blackhole', null, 'blackhole ');
  printProtocol(session, object);
  printFlags(out, object.flags);
  if (object.fdb === true) out.put('fdb', null, 'fdb');
}

function printGroup(out: Printer, object: NexthopMessage, group: readonly NexthopMember[]): void {
  out.openArray('group');
  group.forEach(({ id, weight }, i) => {
    out.openObject();
    out.text(i === 0 ? 'group ' : '/');
    out.put('id', id, String(id));
    const shown = ((weight - 1) & 0xff) + 1; // iproute2 6.1 does not know the high byte
    if (shown !== 1) out.put('weight', shown, `,${shown}`);
    out.closeObject();
  });
  out.closeArray(' ');
  const type = object.unknown?.some((attr) => attr.type === uapi.NHA_GROUP_TYPE)
    ? '<unknown type>'
    : object.type;
  if (type !== undefined && type !== 'mpath') out.put('type', type, `type ${type} `);
  const { resilience } = object;
  if (resilience === undefined) return;
  out.openObject('resilient_args');
  out.put('buckets', resilience.buckets, `buckets ${resilience.buckets} `);
  putTime(out, 'idle_timer', resilience.idleTimer);
  putTime(out, 'unbalanced_timer', resilience.unbalancedTimer);
  putTime(out, 'unbalanced_time', resilience.unbalancedTime);
  out.closeObject();
}

/** A time in seconds, as %g of printf(3) has it. */
function putTime(out: Printer, key: string, hundredths: number): void {
  const seconds = Number((hundredths / HZ).toPrecision(6));
  const text = seconds < 1e6 ? String(seconds) : seconds.toExponential().replace(/\+(\d)$/, '+0$1');
  out.putDigits(key, text, `${key} ${text} `);
}

function printScope(session: Session, { scope }: NexthopMessage): void {
  if (scope === uapi.RT_SCOPE_UNIVERSE && session.options.details === 0) return;
  const word = session.nameOf(session.names.scopes, scope);
  session.out.put('scope', word, `scope ${word} `);
}

function printProtocol(session: Session, { protocol }: NexthopMessage): void {
  if (protocol === uapi.RTPROT_UNSPEC && session.options.details === 0) return;
  const word = session.nameOf(session.names.protocols, protocol);
  session.out.put('protocol', word, `proto ${word} `);
}

/** Bits of nh_flags in the order of output. */
const FLAGS: readonly (readonly [bit: number, word: string])[] = [
  [uapi.RTNH_F_DEAD, 'dead'],
  [uapi.RTNH_F_ONLINK, 'onlink'],
  [uapi.RTNH_F_PERVASIVE, 'pervasive'],
  [uapi.RTNH_F_OFFLOAD, 'offload'],
  [uapi.RTNH_F_TRAP, 'trap'],
  [uapi.RTNH_F_LINKDOWN, 'linkdown'],
  [uapi.RTNH_F_UNRESOLVED, 'unresolved'],
];

function printFlags(out: Printer, flags: number): void {
  out.openArray('flags');
  for (const [bit, word] of FLAGS) if (flags & bit) out.put(undefined, word, `${word} `);
  out.closeArray();
}

/** Writes a bucket, with the newline behind it. */
export function printBucket({ out }: Session, message: NlMsg): void {
  const attrs = new Attrs(message.payload.subarray(NHMSG_BYTES));
  const id = attrs.u32(uapi.NHA_ID);
  if (id !== undefined) out.put('id', id, `id ${id} `);
  const bucket = attrs.nest(uapi.NHA_RES_BUCKET);
  if (bucket !== undefined) printBucketOf(out, bucket);
  printFlags(out, u32(message.payload, 4));
  out.text('\n');
}

function printBucketOf(out: Printer, bucket: Attrs): void {
  out.openObject('bucket');
  const index = bucket.u16(uapi.NHA_RES_BUCKET_INDEX);
  if (index !== undefined) out.put('index', index, `index ${index} `);
  const idle = bucket.u64(uapi.NHA_RES_BUCKET_IDLE_TIME);
  if (idle !== undefined) putTime(out, 'idle_time', idle);
  const nhid = bucket.u32(uapi.NHA_RES_BUCKET_NH_ID);
  if (nhid !== undefined) out.put('nhid', nhid, `nhid ${nhid} `);
  out.closeObject();
}

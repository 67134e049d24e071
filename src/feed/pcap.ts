/**
 * feed/pcap.ts - a capture of netlink (nlmon, or what a program exchanged with the kernel), as changes.
 *
 * What the kernel tells is believed: notifications, and the parts of dumps. What a program asked for counts only where
 * the kernel told nobody of it, since programs like zebra do not listen to what they did themselves. So a request waits:
 *   NLMSG_ERROR with an errno        it was refused and is dropped
 *   a notification with its number   that says it better
 *   an ack, or nothing for a while   it is believed, if it says all that the kernel would store
 * What comes behind it waits as well, so that the order stays. A route that was asked for without its devices, which the
 * kernel finds out, is told without them, and taken back when the kernel tells it. Requests for links and addresses have
 * effects that only the kernel knows; they are passed over. Rules NL-42, NL-44, NL-57..60, CFG-128.
 */
import * as uapi from '../abi/uapi.js';
import type { Part } from '../model/feed.js';
import { u16, u32 } from '../wire/bytes.js';
import { LINKTYPE_NETLINK, decodeCooked } from '../wire/cooked.js';
import { NLMSG_HEADER, type NlMsg } from '../wire/nlmsg.js';
import { decodeNexthop } from '../wire/nexthop.js';
import { PcapReader, type Packet } from '../wire/pcap.js';
import { decodeRoute } from '../wire/route.js';
import { decodeAttrs } from '../wire/rtattr.js';
import type { Counts } from './feed.js';
import { PART_BYTES, Pile } from './parts.js';
import { openSource, type Source } from './source.js';

/** How long a request may stay without an answer: so many packets, or so much time of the capture. */
const WAIT_PACKETS = 256;
const WAIT_MS = 1000;

/** The packets of a capture. */
export async function* pcapParts(
  source: Source,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const { chunks } = await openSource(source, signal, counts);
  const reader = new PcapReader();
  const line = new Line(counts);
  for await (const chunk of chunks) {
    for (const packet of reader.push(chunk)) {
      line.take(packet);
      if (line.pile.length >= PART_BYTES) yield line.pile.take(packet.timeMs)!;
    }
    const part = line.pile.take(line.timeMs);
    if (part !== undefined) yield part;
  }
  line.finish();
  const part = line.pile.take(line.timeMs);
  if (part !== undefined) yield part;
  reader.end();
}

/** A message that waits: for its turn, or, `isOpen`, for what becomes of the request that it is. */
interface Waiting {
  readonly message: NlMsg;
  readonly packet: number;
  readonly timeMs: number;
  readonly isRequest: boolean;
  isOpen: boolean;
  isDropped: boolean;
}

/** Messages in their order; those that are sure come out at the end. */
class Line {
  readonly pile = new Pile();
  readonly #counts: Counts;
  #queue: Waiting[] = [];
  /** Requests that wait for an answer, by type and number. */
  readonly #open = new Map<string, Waiting>();
  /** Routes that were told without their devices, by their places. */
  readonly #drafts = new Map<string, NlMsg>();
  #packets = 0;
  timeMs = 0;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  /** @throws {WireError} a packet that holds no messages */
  take(packet: Packet): void {
    this.#packets++;
    this.timeMs = packet.timeMs;
    if (packet.linkType !== LINKTYPE_NETLINK) return void this.#counts.passedOver++;
    const { direction, protocol, messages, isCut } = decodeCooked(packet);
    if (protocol !== 0 || isCut) this.#counts.passedOver++;
    if (protocol === 0) for (const message of messages) this.#message(message, direction);
    this.#leave(false);
  }

  /** What still waits has waited long enough. */
  finish(): void {
    this.#leave(true);
  }

  #message(message: NlMsg, direction: number): void {
    this.#counts.messages++;
    const { type, seq } = message;
    if (type === uapi.NLMSG_ERROR) return this.#answer(message);
    if (type < uapi.NLMSG_MIN_TYPE || isGet(type)) return;
    const key = keyOf(message);
    const asked = seq === 0 ? undefined : this.#open.get(key);
    const isRequest = isAsking(message, direction, asked !== undefined);
    if (!isRequest && asked !== undefined) this.#settle(key, asked, true);
    if (isRequest && !isBelievable(message)) return void this.#counts.passedOver++;
    const { timeMs } = this;
    const packet = this.#packets;
    const waiting = { message, packet, timeMs, isRequest, isOpen: isRequest, isDropped: false };
    this.#queue.push(waiting);
    if (isRequest && seq !== 0) this.#open.set(key, waiting);
  }

  /** NLMSG_ERROR: s32 error, then the header of the request. */
  #answer({ payload }: NlMsg): void {
    if (payload.length < 4 + NLMSG_HEADER) return;
    const key = `${u16(payload, 8)} ${u32(payload, 12)}`;
    const asked = this.#open.get(key);
    if (asked !== undefined) this.#settle(key, asked, u32(payload, 0) !== 0);
  }

  #settle(key: string, asked: Waiting, isDropped: boolean): void {
    asked.isOpen = false;
    asked.isDropped = isDropped;
    this.#open.delete(key);
  }

  #tell(message: NlMsg, isRequest: boolean): void {
    const isNew = message.type === uapi.RTM_NEWROUTE;
    const isDraft = isRequest && isNew && lacksDevice(message);
    if (isDraft || (this.#drafts.size > 0 && (isNew || message.type === uapi.RTM_DELROUTE))) {
      const place = placeOf(message);
      const draft = this.#drafts.get(place);
      if (draft !== undefined && !isDraft) this.pile.add({ ...draft, type: uapi.RTM_DELROUTE, flags: 0 });
      if (isDraft) this.#drafts.set(place, message);
      else this.#drafts.delete(place);
    }
    this.pile.add(message);
  }

  #leave(isEnd: boolean): void {
    let n = 0;
    for (const { message, packet, timeMs, isOpen, isRequest, isDropped } of this.#queue) {
      const isOld = isEnd || this.#packets - packet >= WAIT_PACKETS || this.timeMs - timeMs >= WAIT_MS;
      if (isOpen && !isOld) break;
      if (isOpen) this.#open.delete(keyOf(message));
      if (!isDropped) this.#tell(message, isRequest);
      n++;
    }
    if (n > 0) this.#queue = this.#queue.slice(n);
  }
}

/** What an answer repeats of its request. */
function keyOf({ type, seq }: NlMsg): string {
  return `${type} ${seq}`;
}

/** What the kernel tells has no NLM_F_REQUEST, but for notices of nexthop objects (CFG-128). */
function isAsking({ type, flags, pid }: NlMsg, direction: number, isAsked: boolean): boolean {
  if ((flags & uapi.NLM_F_REQUEST) === 0) return false;
  const isNexthop = type === uapi.RTM_NEWNEXTHOP || type === uapi.RTM_DELNEXTHOP;
  // Such a notice names the port of who asked, and comes behind the request.
  return !isNexthop || pid === 0 || !(isAsked || direction === 0 || direction === 6);
}

/** RTM_GET*: types come in fours, NEW, DEL, GET, SET. */
function isGet(type: number): boolean {
  return (type & 3) === 2;
}

/** True for a request that says all that the kernel would store. @throws {WireError} what cannot be read */
function isBelievable({ type, payload, offset }: NlMsg): boolean {
  const base = offset + NLMSG_HEADER;
  switch (type) {
    case uapi.RTM_DELROUTE:
    case uapi.RTM_DELRULE:
      return true;
    case uapi.RTM_NEWROUTE: {
      if (payload[0] !== uapi.AF_INET) return true; // is counted, and passed over later
      const { nhid, nexthops, type: kind } = decodeRoute(payload, base);
      if (nhid !== undefined || (typeof kind === 'string' && REJECTS.has(kind))) return true;
      return nexthops.length > 0 && nexthops.every(({ via, oif }) => via !== undefined || oif !== undefined);
    }
    case uapi.RTM_NEWRULE:
      return decodeAttrs(payload.subarray(12), base + 12).some((attr) => attr.type === uapi.FRA_PRIORITY);
    case uapi.RTM_NEWNEXTHOP:
    case uapi.RTM_DELNEXTHOP:
      return decodeNexthop(payload, base).id !== 0;
    default:
      return false;
  }
}

const REJECTS = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

/** True for a route with a path of which only the gateway is named. */
function lacksDevice({ payload }: NlMsg): boolean {
  if (payload[0] !== uapi.AF_INET) return false;
  return decodeRoute(payload).nexthops.some(({ oif }) => oif === undefined);
}

/** Where a route stands: its family, table, prefix, tos and metric. */
function placeOf({ payload, offset }: NlMsg): string {
  if (payload[0] !== uapi.AF_INET) return '';
  const { table, dst, tos, metric } = decodeRoute(payload, offset + NLMSG_HEADER);
  return `${table} ${dst} ${tos} ${metric}`;
}

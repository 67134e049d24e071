/**
 * core/flow.ts - flow records and result records: a question's values into the mailbox, an answer's out of it.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Answer, Decision, Flow, HashForm } from '../model/flow.js';
import { routeTypeWord } from '../model/route.js';
import { formatAddress4, parseAddress4 } from '../text/address.js';
import { formatPrefix4, mask4 } from '../text/prefix.js';
import { FibError } from '../errors.js';
import type { Core } from './core.js';
import { readGateway, show, tableNumber, whole, type Links, type Mutable } from './route.js';

const U32 = 0xffffffff;

/** Numbers of the hash forms (MPH-6..9). */
const FORMS: Readonly<Record<HashForm, number>> = {
  query: abi.FORM_QUERY,
  packet: abi.FORM_PACKET,
  socket: abi.FORM_SOCKET,
};

/** Number of a hash form by its word. */
export function formNumber(form: HashForm, operation: string): number {
  if (typeof form === 'string' && Object.hasOwn(FORMS, form)) return FORMS[form];
  throw new FibError('EINVAL', operation, {
    detail: `form: expected query, packet or socket, got ${show(form)}`,
  });
}

/** An address as text or host-order u32. */
function readAddress(address: unknown, name: string, operation: string): number {
  if (typeof address === 'string') return parseAddress4(address);
  return whole(address, name, 0, U32, operation);
}

/** True for a question that names a destination and nothing else, if it names one at all. */
function isDst(flow: string | number | Flow): flow is string | number {
  return typeof flow !== 'object' || flow === null;
}

/** An interface by name or index, 0 when not given. */
function readInterface(
  links: Links,
  value: string | number | undefined,
  name: string,
  operation: string,
): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return links.indexOf(value, operation, false);
  return whole(value, name, 0, 0x7fffffff, operation);
}

function optional(value: number | undefined, name: string, high: number, operation: string): number {
  return value === undefined ? 0 : whole(value, name, 0, high, operation);
}

/**
 * Writes a question into the mailbox: a bare destination or a whole flow.
 * @throws {FibError} EINVAL malformed; ENODEV an unknown interface
 */
export function writeFlow(core: Core, links: Links, flow: string | number | Flow, operation: string): void {
  const { flow: at } = core;
  const isBare = isDst(flow);
  const dst = readAddress(isBare ? flow : flow.dst, 'dst', operation);
  if (isBare) {
    core.u32.fill(0, at >>> 2, (at + abi.FLOW_BYTES) >>> 2);
    core.u8[at + abi.FLOW_FAMILY] = uapi.AF_INET;
    core.u32[(at + abi.FLOW_DST) >>> 2] = dst;
    return;
  }
  const oif = readInterface(links, flow.oif, 'oif', operation);
  const iif = readInterface(links, flow.iif, 'iif', operation);
  const src = flow.src === undefined ? 0 : readAddress(flow.src, 'src', operation);
  const table = flow.table === undefined ? 0 : tableNumber(flow.table, operation);
  const tos = optional(flow.tos, 'tos', 255, operation);
  const scope = optional(flow.scope, 'scope', 255, operation);
  const mark = optional(flow.mark, 'mark', U32, operation);
  const uid = optional(flow.uid, 'uid', U32, operation);
  const ipproto = optional(flow.ipproto, 'ipproto', 255, operation);
  const sport = optional(flow.sport, 'sport', 65535, operation);
  const dport = optional(flow.dport, 'dport', 65535, operation);
  const form = formNumber(flow.form ?? 'query', operation);
  const { u32, view } = core;
  u32.fill(0, at >>> 2, (at + abi.FLOW_BYTES) >>> 2);
  u32[at >>> 2] = uapi.AF_INET | (tos << 8) | (scope << 16);
  u32[(at + abi.FLOW_OIF) >>> 2] = oif;
  u32[(at + abi.FLOW_TABLE) >>> 2] = table;
  u32[(at + abi.FLOW_IIF) >>> 2] = iif;
  u32[(at + abi.FLOW_DST) >>> 2] = dst;
  u32[(at + abi.FLOW_SRC) >>> 2] = src;
  u32[(at + abi.FLOW_MARK) >>> 2] = mark;
  u32[(at + abi.FLOW_UID) >>> 2] = uid;
  view.setUint8(at + abi.FLOW_IPPROTO, ipproto);
  view.setUint8(at + abi.FLOW_FORM, form);
  view.setUint16(at + abi.FLOW_SPORT, sport, true);
  view.setUint16(at + abi.FLOW_DPORT, dport, true);
}

/**
 * Asks a question of the FIB; the answer is in the mailbox.
 * @returns 0 or a negated errno
 * @throws {FibError} EINVAL malformed; ENODEV an unknown interface
 */
export function ask(core: Core, links: Links, flow: string | number | Flow, operation: string): number {
  if (isDst(flow)) {
    const dst = readAddress(flow, 'dst', operation);
    return core.exports.lookupDst(dst | 0, core.flow, core.result); // a small integer crosses without being boxed
  }
  writeFlow(core, links, flow, operation);
  return core.exports.lookup(core.flow, core.result);
}

/** The destination in the mailbox as text, for an error. */
export function readQuestion({ view, flow }: Core): string {
  const table = view.getUint32(flow + abi.FLOW_TABLE, true);
  return formatAddress4(view.getUint32(flow + abi.FLOW_DST, true)) + (table === 0 ? '' : ` table ${table}`);
}

/** The prefix that the result in the mailbox matched. */
function readPrefix({ u32, u8, flow, result }: Core): string {
  const length = u8[result + abi.RESULT_PREFIX_LEN]!;
  return formatPrefix4(u32[(flow + abi.FLOW_DST) >>> 2]! & mask4(length), length);
}

/**
 * The result of a lookup in the mailbox. What nearly all answers have is one literal: fields that come later are kept
 * apart from the object.
 */
export function readAnswer(core: Core, links: Links): Answer {
  const { u32, u8, view, result: at } = core;
  const w = at >>> 2;
  const via = readGateway(view, u8[at + abi.RESULT_FAMILY]!, at + abi.RESULT_GATEWAY);
  const oif = u32[w + (abi.RESULT_OIF >>> 2)]!;
  const dev = links.nameOf(oif);
  const prefsrc = u32[w + (abi.RESULT_PREFSRC >>> 2)]!;
  const type = routeTypeWord(u8[at + abi.RESULT_TYPE]!);
  const prefix = readPrefix(core);
  const table = u32[w + (abi.RESULT_TABLE >>> 2)]!;
  const tos = u8[at + abi.RESULT_TOS]!;
  const scope = u8[at + abi.RESULT_SCOPE]!;
  const protocol = u8[at + abi.RESULT_PROTOCOL]!;
  const metric = u32[w + (abi.RESULT_PRIORITY >>> 2)]!;
  const id = u32[w + (abi.RESULT_ID >>> 2)]!;
  if (via !== undefined && dev !== undefined && prefsrc === 0) {
    return { type, prefix, table, tos, scope, protocol, metric, id, via, dev, oif };
  }
  const answer: Mutable<Answer> = { type, prefix, table, tos, scope, protocol, metric, id };
  if (via !== undefined) answer.via = via;
  if (dev !== undefined) answer.dev = dev;
  if (oif !== 0) answer.oif = oif;
  if (prefsrc !== 0) answer.prefsrc = formatAddress4(prefsrc);
  return answer;
}

/** The result of a decision in the mailbox. */
export function readDecision(core: Core, links: Links): Decision {
  const { view, result: at } = core;
  const word = (field: number): number => view.getUint32(at + field, true);
  const flags = word(abi.RESULT_CACHE_FLAGS);
  const id = word(abi.RESULT_ID);
  const via = readGateway(view, view.getUint8(at + abi.RESULT_FAMILY), at + abi.RESULT_GATEWAY);
  const src = word(abi.RESULT_PREFSRC);
  const realm = word(abi.RESULT_REALM);
  const decision: Mutable<Decision> = {
    type: routeTypeWord(view.getUint8(at + abi.RESULT_TYPE)),
    dev: links.nameOf(word(abi.RESULT_OIF)) ?? '',
    oif: word(abi.RESULT_OIF),
    table: word(abi.RESULT_TABLE),
    id,
    isLocal: (flags & uapi.RTCF_LOCAL) !== 0,
    isBroadcast: (flags & uapi.RTCF_BROADCAST) !== 0,
    isMulticast: (flags & uapi.RTCF_MULTICAST) !== 0,
    isRedirect: (flags & uapi.RTCF_DOREDIRECT) !== 0,
  };
  if (id !== 0) decision.prefix = readPrefix(core);
  if (via !== undefined) decision.via = via;
  if (src !== 0) decision.src = formatAddress4(src);
  const handle = view.getFloat64(at + abi.RESULT_HANDLE, true);
  if (realm !== 0) decision.realm = realm;
  if (handle !== 0) decision.handle = handle;
  return decision;
}

/**
 * kernel/compare.ts - are two answers the same, and where not, what differs in words.
 */
import { hex, messagesOf, type Message } from './bytes.js';
import { isIpv6, isLink, line, mask, show, type Shown } from './show.js';

/** What differs: a short name under which findings are counted, and lines for people. */
export interface Difference {
  readonly signature: string;
  readonly detail: readonly string[];
}

type Names = readonly [left: string, right: string];

/** All messages of an answer, clocks masked; borders between datagrams do not count. */
function flatten(datagrams: readonly Uint8Array[]): Message[] {
  const messages = datagrams.flatMap(messagesOf);
  for (const message of messages) mask(message);
  return messages.filter((message) => !isIpv6(message));
}

/** What of a message must be equal: every byte, or of a link what matters to routing. */
const key = (message: Message): string => (isLink(message) ? line(show(message)) : hex(message.bytes));

/** The difference of two answers, or of two lists of notifications; nothing when they are equal. */
export function compareDatagrams(
  left: readonly Uint8Array[],
  right: readonly Uint8Array[],
  names: Names,
): Difference | undefined {
  const a = flatten(left);
  const b = flatten(right);
  const routing = compareMessages(a.filter(not(isLink)), b.filter(not(isLink)), names);
  const links = compareMessages(a.filter(isLink), b.filter(isLink), names);
  if (routing ?? links) return routing ?? links;
  const order = compareMessages(a, b, names);
  return order && { ...order, signature: `order of links and others: ${order.signature}` };
}

const not =
  (test: (message: Message) => boolean) =>
  (message: Message): boolean =>
    !test(message);

function compareMessages(a: readonly Message[], b: readonly Message[], names: Names): Difference | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const one = a[i];
    const other = b[i];
    if (one && other && key(one) === key(other)) continue;
    const position = a.length > 1 || b.length > 1 ? ` (message ${i + 1} of ${a.length} and ${b.length})` : '';
    const lines = [lineOf(one), lineOf(other)];
    const same = lines[0] === lines[1]; // in words; then the bytes must speak
    const [left, right] = same ? [bytesOf(one), bytesOf(other)] : lines;
    return {
      signature: `${difference(one, other)}${same ? ' (bytes)' : ''}`,
      detail: [`${names[0]}${position}: ${left}`, `${names[1]}: ${right}`],
    };
  }
  return undefined;
}

const lineOf = (message: Message | undefined): string => (message ? line(show(message)) : 'nothing');
const bytesOf = (message: Message | undefined): string => (message ? hex(message.bytes) : 'nothing');

/** How two messages differ, without values that change from case to case. */
function difference(one: Message | undefined, other: Message | undefined): string {
  if (!one || !other)
    return `${one ? summary(show(one)) : 'nothing'} / ${other ? summary(show(other)) : 'nothing'}`;
  const a = show(one);
  const b = show(other);
  if (a.name !== b.name || a.fields.has('error')) return `${summary(a)} / ${summary(b)}`;
  const fields = [...new Set([...a.fields.keys(), ...b.fields.keys()])];
  const differing = fields.filter((field) => a.fields.get(field) !== b.fields.get(field));
  return `${a.name}: ${differing.join(', ')}`;
}

const summary = ({ name, fields }: Shown): string =>
  [name, fields.get('error'), fields.get('text'), fields.has('offset') ? `@${fields.get('offset')}` : '']
    .filter(Boolean)
    .join(' ');

/** The difference of two texts. */
export function compareTexts(left: string, right: string, names: Names): Difference | undefined {
  if (left === right) return undefined;
  const a = left.split('\n');
  const b = right.split('\n');
  const at = Math.max(
    0,
    a.findIndex((each, i) => each !== b[i]),
  );
  const around = (lines: readonly string[]): string =>
    lines.slice(Math.max(0, at - 2), at + 3).join('\n    ');
  return {
    signature: 'text',
    detail: [`${names[0]} from line ${at + 1}:\n    ${around(a)}`, `${names[1]}:\n    ${around(b)}`],
  };
}

/**
 * The first of many questions whose answers differ: its sequence number and how. Each question has one answer.
 * Written for millions of them: bytes are compared, and only where they differ they are read.
 */
export function compareReplies(
  left: readonly Uint8Array[],
  right: readonly Uint8Array[],
  names: Names,
): { seq: number; difference: Difference } | undefined {
  const a = left.flatMap(messagesOf);
  const b = right.flatMap(messagesOf);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const one = a[i];
    const other = b[i];
    if (one && other) {
      mask(one);
      mask(other);
      if (Buffer.compare(one.bytes, other.bytes) === 0) continue;
    }
    const seq = Math.min(one?.seq ?? Infinity, other?.seq ?? Infinity);
    const found = compareMessages(one ? [one] : [], other ? [other] : [], names);
    if (found) return { seq, difference: found };
  }
  return undefined;
}

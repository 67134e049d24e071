/**
 * kernel/mutate.ts - damaged requests: flipped bits, cuts, other lengths, other types, foreign and repeated attributes.
 */
import { type Chance } from './chance.js';
import { MSG, align4, cat, messagesOf, read16, u32 } from './bytes.js';

type Damage = (bytes: Uint8Array, chance: Chance, others: readonly Uint8Array[]) => Uint8Array;

/** Where a length or a type may stand: every fourth byte behind the header. */
const place = (bytes: Uint8Array, chance: Chance): number =>
  16 + 4 * chance.below(Math.max(1, (bytes.length - 16) >> 2));

function put(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const damaged = bytes.slice();
  values.forEach((value, i) => {
    if (at + i < damaged.length) damaged[at + i] = value;
  });
  return damaged;
}

/** Lengths and types at multiples of 4 are what a parser trusts. */
const DAMAGES: readonly Damage[] = [
  function flipBit(bytes, chance) {
    const at = chance.below(bytes.length);
    return put(bytes, at, bytes[at]! ^ (1 << chance.below(8)));
  },
  function setByte(bytes, chance) {
    return put(
      bytes,
      chance.below(bytes.length),
      chance.pick([0, 1, 2, 4, 0x7f, 0x80, 0xff, chance.below(256)]),
    );
  },
  function headerByte(bytes, chance) {
    return put(bytes, 16 + chance.below(12), chance.pick([0, 1, 32, 33, 254, 255, chance.below(256)]));
  },
  function cut(bytes, chance) {
    return bytes.slice(0, 1 + chance.below(bytes.length));
  },
  function extend(bytes, chance) {
    return cat(bytes, new Uint8Array(1 + chance.below(8)).fill(chance.pick([0, 1, 0xff])));
  },
  function editLength(bytes, chance) {
    const at = place(bytes, chance);
    const length = chance.pick([
      0,
      1,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      12,
      255,
      bytes.length - at,
      bytes.length - at + 1,
    ]);
    return put(bytes, at, length & 255, chance.odds(12) ? chance.below(256) : 0);
  },
  function editType(bytes, chance) {
    return put(bytes, place(bytes, chance) + 2, chance.below(36), chance.pick([0, 0, 0, 0x40, 0x80, 1]));
  },
  function dropPiece(bytes, chance) {
    const at = place(bytes, chance);
    return cat(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 4 * (1 + chance.below(3)))));
  },
  function repeatPiece(bytes, chance) {
    const at = place(bytes, chance);
    const end = Math.min(bytes.length, at + 4 * (1 + chance.below(4)));
    return cat(bytes.subarray(0, end), bytes.subarray(at));
  },
  function foreignTail(bytes, chance, others) {
    const other = chance.pick(others);
    return cat(bytes, other.subarray(place(other, chance)));
  },
  function otherFlags(bytes, chance) {
    return put(bytes, 6, chance.pick([1, 5, 4, 0, 9, 13]), chance.below(16));
  },
  function otherMessage(bytes, chance) {
    return put(bytes, 4, chance.pick(Object.values(MSG)), 0);
  },
  function twoMessages(bytes, chance, others) {
    return cat(bytes, new Uint8Array(align4(bytes.length) - bytes.length), chance.pick(others));
  },
];

/** One of the seeds, damaged once to three times; its length is put right mostly, so that it is read at all. */
export function mutant(seeds: readonly Uint8Array[], chance: Chance): Uint8Array {
  let bytes = chance.pick(seeds);
  for (let n = chance.pick([1, 1, 1, 2, 3]); n > 0; n--) bytes = chance.pick(DAMAGES)(bytes, chance, seeds);
  const whole = messagesOf(bytes).length > 1;
  if (bytes.length >= 16 && !whole && chance.odds(85)) bytes = cat(u32(bytes.length), bytes.subarray(4));
  return bytes;
}

/** The number of a type, or of an attribute, that begins at `at`. */
const typeAt = (bytes: Uint8Array, at: number): number => read16(bytes, at + 2) & 0x3fff;

/** Attributes that would move a device out of the namespace, into one that is not ours: IFLA_NET_NS_PID, _FD, _TARGET_NETNSID. */
const MOVES = new Set([19, 28, 46]);
/** Families with tables of their own, which hoptrie does not have: bridge, IPv6, MPLS, multicast routing. */
const OTHER_FAMILIES = new Set([7, 10, 28, 128, 129]);
const OURS = new Set<number>([0, 1, 2, 3, 4, 15, 19, ...Object.values(MSG), 200, 255]);

/** True for bytes that may be sent to a kernel, and that hoptrie should answer as it does. */
export function isComparable(bytes: Uint8Array): boolean {
  return messagesOf(bytes).every(({ type, bytes: message }) => {
    if (!OURS.has(type) || OTHER_FAMILIES.has(message[16] ?? 0)) return false;
    if (type < MSG.NEWLINK || type > 19) return true;
    for (let at = 32; at + 4 <= message.length; at += 4) if (MOVES.has(typeAt(message, at))) return false;
    return true;
  });
}

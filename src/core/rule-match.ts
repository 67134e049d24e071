/**
 * core/rule-match.ts - the rule in the mailbox beside kept ones: which of them it means, and which devices it names.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Core } from './core.js';
import { Labels } from './labels.js';

/**
 * What a rule has to agree in: field, its bytes, and the byte that it is filled with when nothing was asked for, which
 * a deletion does not compare (RULE-45).
 */
const COMPARED: readonly (readonly [field: number, bytes: number, nothing: number])[] = [
  [abi.RULE_ACTION, 1, 0],
  [abi.RULE_TABLE, 4, 0],
  [abi.RULE_MARK, 4, 0],
  [abi.RULE_MASK, 4, 0],
  [abi.RULE_SUPPRESS_LENGTH, 4, 0xff],
  [abi.RULE_SUPPRESS_GROUP, 4, 0xff],
  [abi.RULE_TUN_ID, 8, 0],
  [abi.RULE_L3MDEV, 1, 0],
  [abi.RULE_PROTOCOL, 1, 0],
  [abi.RULE_IPPROTO, 1, 0],
  [abi.RULE_SPORT_START, 4, 0],
  [abi.RULE_DPORT_START, 4, 0],
  [abi.RULE_SPORT_MASK, 2, 0],
  [abi.RULE_DPORT_MASK, 2, 0],
  [abi.RULE_IIF_NAME, uapi.IFNAMSIZ, 0],
  [abi.RULE_OIF_NAME, uapi.IFNAMSIZ, 0],
];

/**
 * True if the kept rule at an address agrees with the one in the mailbox in all that this one asks for (RULE-45), or,
 * with `isWhole`, also in what it does not ask for (RULE-40). Prefixes, tos, dscp and realms are always of the first
 * kind; inversion and target are never compared.
 */
export function ruleAgrees(core: Core, at: number, isWhole: boolean): boolean {
  const { u8, record } = core;
  const agrees = (field: number, bytes: number): boolean => isSame(u8, record + field, at + field, bytes);
  const given = u8[record + abi.RULE_GIVEN]!;
  const asks = (bit: number): boolean => isWhole || (given & bit) !== 0;
  for (const [field, bytes, nothing] of COMPARED) {
    const asked = u8.subarray(record + field, record + field + bytes);
    if ((isWhole || asked.some((byte) => byte !== nothing)) && !agrees(field, bytes)) return false;
  }
  if (asks(abi.RULE_G_PRIORITY) && !agrees(abi.RULE_PRIORITY, 4)) return false;
  if (asks(abi.RULE_G_UID) && !agrees(abi.RULE_UID_START, 8)) return false;
  return agreesInFamily(u8, record, at, agrees);
}

/** The part of a rule that belongs to its family. */
function agreesInFamily(
  u8: Uint8Array,
  record: number,
  at: number,
  agrees: (field: number, bytes: number) => boolean,
): boolean {
  const given = u8[record + abi.RULE_GIVEN]!;
  const hasDscp = (u8[at + abi.RULE_GIVEN]! & abi.RULE_G_DSCP) !== 0;
  if (u8[record + abi.RULE_SRC_LEN] && !(agrees(abi.RULE_SRC_LEN, 1) && agrees(abi.RULE_SRC, 16)))
    return false;
  if (u8[record + abi.RULE_DST_LEN] && !(agrees(abi.RULE_DST_LEN, 1) && agrees(abi.RULE_DST, 16)))
    return false;
  if (u8[record + abi.RULE_TOS] && !agrees(abi.RULE_TOS, 1)) return false;
  if (given & abi.RULE_G_DSCP && !(hasDscp && agrees(abi.RULE_DSCP, 1))) return false;
  if (given & abi.RULE_G_DSCP_MASK && !(hasDscp && agrees(abi.RULE_DSCP_MASK, 1))) return false;
  return (given & abi.RULE_G_REALMS) === 0 || agrees(abi.RULE_REALMS, 4);
}

function isSame(u8: Uint8Array, a: number, b: number, bytes: number): boolean {
  for (let i = 0; i < bytes; i++) if (u8[a + i] !== u8[b + i]) return false;
  return true;
}

// ---- names

/** An index that is of no device: the name waits for one (RULE-10). */
export const DETACHED = -1;

/** The names of a rule, the devices that they stand for, and the flag that tells of a missing one. */
export const RULE_NAMES = [
  [abi.RULE_IIF_NAME, abi.RULE_IIF, uapi.FIB_RULE_IIF_DETACHED],
  [abi.RULE_OIF_NAME, abi.RULE_OIF, uapi.FIB_RULE_OIF_DETACHED],
] as const;

/** True if the name at an address is that of the device record at another. */
export function isNamed(core: Core, name: number, device: number): boolean {
  return isSame(core.u8, name, device + abi.DEVICE_NAME, uapi.IFNAMSIZ);
}

/** True if the device has the name at an address besides its own. */
function isAlsoNamed(core: Core, name: number, index: number): boolean {
  const { names } = new Labels(core, index);
  if (names.length === 0) return false;
  const bytes = core.u8.subarray(name, name + uapi.IFNAMSIZ);
  return names.includes(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))));
}

/** Looks for the devices that the rule in the mailbox names. O(devices). */
export function attachNames(core: Core): void {
  for (const [name, attached] of RULE_NAMES) {
    if (core.u8[core.record + name] === 0) continue;
    core.view.setInt32(core.record + attached, deviceNamed(core, core.record + name), true);
  }
}

/** Index of the device with the name at an address, or DETACHED. */
function deviceNamed(core: Core, name: number): number {
  const { exports } = core;
  for (let at = exports.deviceNext(0) >>> 0; at !== 0;) {
    const index = core.view.getUint32(at + abi.DEVICE_INDEX, true);
    if (isNamed(core, name, at) || isAlsoNamed(core, name, index)) return index;
    at = exports.deviceNext(index) >>> 0;
  }
  return DETACHED;
}

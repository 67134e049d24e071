// rule/rows.ts - which rows of a flow batch a rule speaks about: `match.ts` for a block of rows at once.
//
// A set of rows is a u64, bit i for row from + i. What a column that is not there would say is 0 for all rows: such
// selectors are decided once for the block, by the functions of match.ts. The others are a range test on a column,
// ((value & mask) - low) <= span, 16 rows to a step.

import * as abi from "../../src/abi/records";
import { FIB_RULE_INVERT } from "../../src/abi/uapi";
import { deviceFind } from "../device";
import { Columns, wordOf } from "../record";
import {
  LOOPBACK,
  TOS_MASK,
  masterTableOf,
  matchesDevice,
  matchesPort,
  matchesPrefix,
  matchesTos,
} from "./match";
import { Rule } from "./rule";

/** Those of the rows that a rule applies to, its inversion counted in. O(selectors given). */
export function rowsMatching(rule: Rule, c: Columns, from: u32, rows: u64): u64 {
  const agree = rows & rowsAgreeing(rule, c, from, rows);
  return rule.word(abi.RULE_FLAGS) & FIB_RULE_INVERT ? rows & ~agree : agree;
}

/** Those of the rows for which all selectors agree. What most rules ask for comes first. */
function rowsAgreeing(rule: Rule, c: Columns, from: u32, rows: u64): u64 {
  const at = rule.record;
  if (load<u64>(at + abi.RULE_TUN_ID)) return 0; // RULE-18
  if (!(rows &= byPrefix(at + abi.RULE_SRC, rule.byte(abi.RULE_SRC_LEN), c.src, c, from))) return 0;
  if (!(rows &= byPrefix(at + abi.RULE_DST, rule.byte(abi.RULE_DST_LEN), c.dst, c, from))) return 0;
  if (!(rows &= byMark(rule, c, from))) return 0;
  if (!(rows &= byDevice(rule.word(abi.RULE_IIF), LOOPBACK, c.iif, from, rows))) return 0;
  if (!(rows &= byDevice(rule.word(abi.RULE_OIF), 0, c.oif, from, rows))) return 0;
  if (rule.byte(abi.RULE_L3MDEV) && !(rows &= belowMaster(c, from, rows))) return 0;
  rows &= byUid(rule, c, from) & byTos(rule, c, from) & byProtocol(rule, c, from);
  rows &= byPort(rule, abi.RULE_SPORT_START, abi.RULE_SPORT_MASK, c.sport, c, from);
  return rows & byPort(rule, abi.RULE_DPORT_START, abi.RULE_DPORT_MASK, c.dport, c, from);
}

const ALL: u64 = u64.MAX_VALUE;

// @ts-ignore: decorator
@inline function allIf(agrees: bool): u64 {
  return agrees ? ALL : 0;
}

/** RULE-6, RULE-7. */
function byPrefix(prefix: usize, length: u32, column: usize, c: Columns, from: u32): u64 {
  if (length == 0) return ALL;
  if (!column) return allIf(matchesPrefix(prefix, length, 0));
  const mask = (<u32>0xffffffff) << (32 - length);
  const low = load<u32>(prefix) & mask;
  if (c.isSwapped) return within32(column, from, bswap<u32>(mask), bswap<u32>(low), 0);
  return within32(column, from, mask, low, 0);
}

/** RULE-12. */
function byMark(rule: Rule, c: Columns, from: u32): u64 {
  const mask = rule.word(abi.RULE_MASK);
  const low = rule.word(abi.RULE_MARK) & mask;
  if (!mask) return ALL;
  return c.mark ? within32(c.mark, from, mask, low, 0) : allIf(low == 0);
}

/** RULE-15. */
function byUid(rule: Rule, c: Columns, from: u32): u64 {
  const low = rule.word(abi.RULE_UID_START);
  const high = rule.word(abi.RULE_UID_END);
  if (low > high) return 0;
  if (low == 0 && high == 0xffffffff) return ALL;
  return c.uid ? within32(c.uid, from, 0xffffffff, low, high - low) : allIf(low == 0);
}

/** RULE-13, RULE-14. */
function byTos(rule: Rule, c: Columns, from: u32): u64 {
  if (!c.tos) return allIf(matchesTos(rule, 0));
  if (rule.byte(abi.RULE_GIVEN) & abi.RULE_G_DSCP) {
    const mask = rule.byte(abi.RULE_DSCP_MASK) << 2;
    return within8(c.tos, from, mask, (rule.byte(abi.RULE_DSCP) << 2) & mask);
  }
  const tos = rule.byte(abi.RULE_TOS);
  return tos ? within8(c.tos, from, TOS_MASK, tos) : ALL;
}

/** RULE-16. */
function byProtocol(rule: Rule, c: Columns, from: u32): u64 {
  const wanted = rule.byte(abi.RULE_IPPROTO);
  if (!wanted) return ALL;
  return c.ipproto ? within8(c.ipproto, from, 0xff, wanted) : 0;
}

/** RULE-16. */
function byPort(rule: Rule, start: usize, mask: usize, column: usize, c: Columns, from: u32): u64 {
  const low = rule.half(start);
  if (low == 0) return ALL;
  if (!column) return allIf(matchesPort(rule, start, mask, 0));
  const high = rule.half(start + 2);
  if (low > high) return 0;
  if (low < high) return within16(column, from, 0xffff, low, high - low, c.isSwapped);
  return within16(column, from, rule.half(mask), low & rule.half(mask), 0, c.isSwapped);
}

/** RULE-8..11: `none` is the device that a row of 0 has. Only for an L3 master each row is looked at by itself. */
function byDevice(wanted: u32, none: u32, column: usize, from: u32, rows: u64): u64 {
  if (wanted == 0) return ALL;
  if (!column) return allIf(matchesDevice(wanted, none));
  const d = deviceFind(wanted);
  if (d == null || d.table == 0) {
    const named = within32(column, from, 0xffffffff, wanted, 0);
    return wanted == none ? named | within32(column, from, 0xffffffff, 0, 0) : named;
  }
  let agree: u64 = 0;
  for (let rest = rows; rest; rest &= rest - 1) {
    const index = wordOf(column, from + <u32>ctz(rest));
    if (matchesDevice(wanted, index ? index : none)) agree |= rest & (0 - rest);
  }
  return agree;
}

/** RULE-17. */
function belowMaster(c: Columns, from: u32, rows: u64): u64 {
  if (!c.oif && !c.iif) return 0;
  let agree: u64 = 0;
  for (let rest = rows; rest; rest &= rest - 1) {
    const row = from + <u32>ctz(rest);
    if (masterTableOf(wordOf(c.oif, row), wordOf(c.iif, row))) agree |= rest & (0 - rest);
  }
  return agree;
}

/** Rows whose word under a mask lies in low .. low + span. */
export function within32(column: usize, from: u32, mask: u32, low: u32, span: u32): u64 {
  const m = i32x4.splat(mask);
  const l = i32x4.splat(low);
  const s = i32x4.splat(span);
  let at = column + ((<usize>from) << 2);
  let rows: u64 = 0;
  for (let i: u64 = 0; i < 64; i += 16, at += 64) {
    const a = i32x4.le_u(i32x4.sub(v128.and(v128.load(at), m), l), s);
    const b = i32x4.le_u(i32x4.sub(v128.and(v128.load(at, 16), m), l), s);
    const c = i32x4.le_u(i32x4.sub(v128.and(v128.load(at, 32), m), l), s);
    const d = i32x4.le_u(i32x4.sub(v128.and(v128.load(at, 48), m), l), s);
    rows |= setOf(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)) << i;
  }
  return rows;
}

/** The same of halfwords, which may be in network order. */
function within16(column: usize, from: u32, mask: u32, low: u32, span: u32, isSwapped: bool): u64 {
  const m = i16x8.splat(<i16>mask);
  const l = i16x8.splat(<i16>low);
  const s = i16x8.splat(<i16>span);
  let at = column + ((<usize>from) << 1);
  let rows: u64 = 0;
  for (let i: u64 = 0; i < 64; i += 16, at += 32) {
    const a = i16x8.le_u(i16x8.sub(v128.and(eightOf(at, isSwapped), m), l), s);
    const b = i16x8.le_u(i16x8.sub(v128.and(eightOf(at + 16, isSwapped), m), l), s);
    rows |= setOf(a, b) << i;
  }
  return rows;
}

// @ts-ignore: decorator
@inline function eightOf(at: usize, isSwapped: bool): v128 {
  const v = v128.load(at);
  return isSwapped ? v128.or(i16x8.shl(v, 8), i16x8.shr_u(v, 8)) : v;
}

/** Rows whose byte under a mask has a value. */
export function within8(column: usize, from: u32, mask: u32, value: u32): u64 {
  const m = i8x16.splat(<i8>mask);
  const l = i8x16.splat(<i8>value);
  let at = column + <usize>from;
  let rows: u64 = 0;
  for (let i: u64 = 0; i < 64; i += 16, at += 16)
    rows |= (<u64>(<u32>i8x16.bitmask(i8x16.eq(v128.and(v128.load(at), m), l)))) << i;
  return rows;
}

/** The set of 16 rows from their verdicts, all ones or zeros, in halfwords. */
// @ts-ignore: decorator
@inline function setOf(a: v128, b: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(i8x16.narrow_i16x8_s(a, b)));
}

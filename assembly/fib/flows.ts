// fib/flows.ts - many flows in one call, through rules, tables and the choice of a path: `lookup` for columns of flows.
//
// A block of 64 rows goes through together. A set of rows is a u64, bit i for row from + i. Each rule first says which
// of the rows that are still open it speaks about (rule/rows.ts), then its table is asked for those; what it answers is
// no longer open. Paths are chosen at the end (paths.ts). The answers are those of lookup.ts (a test says
// so), but nothing is written for a row besides its id and its path.

import * as abi from "../../src/abi/records";
import {
  FR_ACT_GOTO,
  FR_ACT_NOP,
  FR_ACT_TO_TBL,
  RTN_THROW,
  RT_TABLE_DEFAULT,
  RT_TABLE_MAIN,
} from "../../src/abi/uapi";
import { forwarding, state } from "../arena";
import { viewFind } from "../forward/find";
import { ASK, View } from "../forward/view";
import { keyBits } from "../key";
import { Columns, Flow, Result, addressOf, byteOf, idAt, pathAt, wordOf } from "../record";
import { masterTableOf } from "../rule/match";
import { rowsMatching, within32, within8 } from "../rule/rows";
import { Rule, ruleFirst } from "../rule/rule";
import { Alias } from "./alias";
import { isAwake, settlePaths, viewFor } from "./bare";
import { lookupRows } from "./batch";
import { TOS_MASK, isSuppressed, matchAlias, target } from "./lookup";
import { choosePaths } from "./paths";
import { Table, tableFind } from "./table";

/**
 * Asks for n flows and writes fib info ids, `miss` for no route, and the indexes of their paths, FLOWS_NO_PATH for a
 * route that rejects and for none; `flow` and `result` are room to work in.
 */
export function lookupFlows<K>(c: Columns, n: u32, miss: u32, flow: Flow, result: Result): void {
  for (let from: u32 = 0; from < n; from += abi.FLOWS_BLOCK) {
    const rows = u64.MAX_VALUE >>> (abi.FLOWS_BLOCK - min(n - from, abi.FLOWS_BLOCK));
    const answered = routes<K>(c, from, rows, flow, result);
    choosePaths(c, from, answered);
    for (let rest = rows & ~answered; rest; rest &= rest - 1) {
      const row = from + <u32>ctz(rest);
      store<u32>(idAt(c, row), miss);
      store<u16>(pathAt(c, row), <u16>abi.FLOWS_NO_PATH);
    }
  }
}

/** The ids of `lookupFlows` alone, for columns that need no room. */
export function lookupIds<K>(c: Columns, n: u32, miss: u32, flow: Flow, result: Result): void {
  for (let from: u32 = 0; from < n; from += abi.FLOWS_BLOCK) {
    const rows = u64.MAX_VALUE >>> (abi.FLOWS_BLOCK - min(n - from, abi.FLOWS_BLOCK));
    const answered = routes<K>(c, from, rows, flow, result);
    for (let rest = rows & ~answered; rest; rest &= rest - 1)
      store<u32>(idAt(c, from + <u32>ctz(rest)), miss);
  }
}

/** The lowest row of a set, as a set. */
// @ts-ignore: decorator
@inline function lowest(rows: u64): u64 {
  return rows & (0 - rows);
}

/** Writes the ids of rows that have an answer, and says which (FIB-10, RULE-32). */
function routes<K>(c: Columns, from: u32, rows: u64, flow: Flow, result: Result): u64 {
  if (state().unmerged || c.table) {
    const own = c.table ? rows & ~within32(c.table, from, 0xffffffff, 0, 0) : 0;
    return (own ? inOwn<K>(c, from, own) : 0) | (own == rows ? 0 : others<K>(c, from, rows & ~own));
  }
  if (rows & ~bareRows(c, from)) return merged<K>(c, from, rows);
  const at = (<usize>from) << 2;
  lookupRows<K>(c.dst + at, c.id + at, <u32>popcnt(rows), 0, c.isSwapped, flow, result);
  return rows & ~within32(c.id, from, 0xffffffff, 0, 0);
}

/** Rows of a block whose answer depends on the destination alone: no device, no tos that a route could have. */
function bareRows(c: Columns, from: u32): u64 {
  let bare = u64.MAX_VALUE;
  if (c.oif) bare &= within32(c.oif, from, 0xffffffff, 0, 0);
  if (c.tos && forwarding().tosRoutes) bare &= within8(c.tos, from, TOS_MASK, 0);
  return bare;
}

function others<K>(c: Columns, from: u32, rows: u64): u64 {
  return state().unmerged ? byRules<K>(c, from, rows) : merged<K>(c, from, rows);
}

/** FIB-10: main, which has local's routes too, then default. */
function merged<K>(c: Columns, from: u32, rows: u64): u64 {
  const found = inTable<K>(RT_TABLE_MAIN, c, from, rows);
  return found == rows ? found : found | inTable<K>(RT_TABLE_DEFAULT, c, from, rows & ~found);
}

/** RULE-32: each rule has its say about the rows that none before it has ended. */
function byRules<K>(c: Columns, from: u32, rows: u64): u64 {
  let open = rows;
  let answered: u64 = 0;
  let away: u64 = 0; // open rows that a goto has sent further down; their ids say to which rule
  for (let rule = ruleFirst(); rule != null && open; rule = rule!.next) {
    if (away) away &= ~arrived(c, from, away, rule);
    const action = rule.byte(abi.RULE_ACTION);
    if (action == FR_ACT_NOP) continue;
    const told = rowsMatching(rule, c, from, open & ~away);
    if (!told) continue;
    if (action == FR_ACT_TO_TBL) {
      const found = byRule<K>(rule, c, from, told);
      answered |= found;
      open &= ~found;
    } else if (action == FR_ACT_GOTO) away |= sent(c, from, told, rule);
    else open &= ~told;
  }
  return answered;
}

/** RULE-24, RULE-25: sends rows to the target of a goto, unless that is the next rule anyway. */
function sent(c: Columns, from: u32, rows: u64, rule: Rule): u64 {
  const to = target(rule);
  if (to == rule.next) return 0;
  for (let rest = rows; rest; rest &= rest - 1)
    store<usize>(idAt(c, from + <u32>ctz(rest)), changetype<usize>(to));
  return rows;
}

/** Those of the rows sent away that were sent to this rule. */
function arrived(c: Columns, from: u32, away: u64, rule: Rule): u64 {
  return away & within32(c.id, from, 0xffffffff, <u32>changetype<usize>(rule), 0);
}

/** Asks the table of a rule: its own, or that of each row's L3 master (RULE-17), with what it suppresses left out. */
function byRule<K>(rule: Rule, c: Columns, from: u32, rows: u64): u64 {
  const sieve = suppresses(rule) ? rule : null;
  if (!rule.byte(abi.RULE_L3MDEV)) {
    const id = rule.word(abi.RULE_TABLE);
    return sieve == null ? inTable<K>(id, c, from, rows) : sifted<K>(tableFind(id), sieve, c, from, rows);
  }
  let found: u64 = 0;
  for (let rest = rows; rest;) {
    const row = from + <u32>ctz(rest);
    const like = rest & sameDevices(c, from, row);
    const table = tableFind(masterTableOf(wordOf(c.oif, row), wordOf(c.iif, row)));
    found |= sieve == null ? inThis<K>(table, c, from, like) : sifted<K>(table, sieve, c, from, like);
    rest &= ~like;
  }
  return found;
}

/** Rows with the devices of one of them. */
function sameDevices(c: Columns, from: u32, row: u32): u64 {
  const byOif = c.oif ? within32(c.oif, from, 0xffffffff, wordOf(c.oif, row), 0) : u64.MAX_VALUE;
  return c.iif ? byOif & within32(c.iif, from, 0xffffffff, wordOf(c.iif, row), 0) : byOif;
}

/** True if a rule drops some of what its table answers (RULE-28, RULE-29). */
function suppresses(rule: Rule): bool {
  return <i32>rule.word(abi.RULE_SUPPRESS_LENGTH) >= 0 || <i32>rule.word(abi.RULE_SUPPRESS_GROUP) >= 0;
}

/** Rows that name a table themselves: each asks that one alone. */
function inOwn<K>(c: Columns, from: u32, rows: u64): u64 {
  let found: u64 = 0;
  for (let rest = rows; rest;) {
    const id = wordOf(c.table, from + <u32>ctz(rest));
    const like = rest & within32(c.table, from, 0xffffffff, id, 0);
    found |= inTable<K>(id, c, from, like);
    rest &= ~like;
  }
  return found;
}

// @ts-ignore: decorator
@inline function inTable<K>(id: u32, c: Columns, from: u32, rows: u64): u64 {
  return inThis<K>(tableFind(id), c, from, rows);
}

/** Writes the ids that a table gives for rows, and says which it answers: by its view what that can answer. */
function inThis<K>(t: Table | null, c: Columns, from: u32, rows: u64): u64 {
  if (t == null || t.of<K>().top == 0) return 0;
  const bare = rows & bareRows(c, from);
  const view = bare ? viewFor<K>(t, <u32>popcnt(bare)) : null;
  let found: u64 = view != null ? inView<K>(view, t, c, from, bare) : 0;
  for (let rest = view != null ? rows & ~bare : rows; rest; rest &= rest - 1) {
    const row = from + <u32>ctz(rest);
    const id = idIn<K>(t, c, row);
    store<u32>(idAt(c, row), id);
    if (id) found |= lowest(rest);
  }
  return found;
}

/** `inThis` by the view alone, for rows that ask for a destination and nothing else. */
function inView<K>(view: View, t: Table, c: Columns, from: u32, rows: u64): u64 {
  settlePaths();
  const none = view.fallback;
  let found: u64 = 0;
  for (let rest = rows; rest; rest &= rest - 1) {
    const i = <u32>ctz(rest);
    const leaf = viewFind(view, addressOf(c, c.dst, from + i));
    let id = select<u32>(leaf, none, leaf != 0);
    if (id == ASK || !isAwake(id)) id = idIn<K>(t, c, from + i);
    store<u32>(idAt(c, from + i), id);
    found |= (<u64>(id != 0)) << i;
  }
  return found;
}

/** The same without what a rule suppresses (RULE-28..31). */
function sifted<K>(t: Table | null, rule: Rule, c: Columns, from: u32, rows: u64): u64 {
  if (t == null) return 0;
  let found: u64 = 0;
  for (let rest = rows; rest; rest &= rest - 1) {
    const row = from + <u32>ctz(rest);
    const fa = aliasIn<K>(t, c, row);
    if (fa == null || isSuppressed(rule, fa, keyBits<K>() - fa.slen, wordOf(c.oif, row), false)) continue;
    store<u32>(idAt(c, row), fa.info.id);
    found |= lowest(rest);
  }
  return found;
}

/** Id of the fib info that a table's trie gives for a row, 0 = none. */
function idIn<K>(t: Table, c: Columns, row: u32): u32 {
  const fa = aliasIn<K>(t, c, row);
  return fa == null ? 0 : fa.info.id;
}

/** The alias that a table gives for a row, or null; a throw route counts as nothing found. */
function aliasIn<K>(t: Table, c: Columns, row: u32): Alias | null {
  const dst = <K>addressOf(c, c.dst, row);
  const tos = byteOf(c.tos, row) & TOS_MASK;
  const fa = matchAlias<K>(t.of<K>(), dst, tos, 0, wordOf(c.oif, row), false);
  return fa != null && fa.info.type == RTN_THROW ? null : fa;
}

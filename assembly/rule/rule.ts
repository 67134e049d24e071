// rule/rule.ts - policy rules: one list by ascending priority (RULE-1). Their names are the facade's.
//
// Invariants (check/rule.ts):
//   R1  the list is sorted by priority
//   R2  a rule is of IPv4, its prefix lengths are at most 32, its names end
//   R3  before the first rule was ever added or deleted there are those three that send all to one table each

import * as abi from "../../src/abi/records";
import {
  AF_INET,
  ENOBUFS,
  FR_ACT_TO_TBL,
  RTPROT_KERNEL,
  RT_TABLE_DEFAULT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
} from "../../src/abi/uapi";
import { RULE, State, allocZero, free, state } from "../arena";
import { invalidate } from "../generation";

/**
 * A policy rule.
 *   off  size  field
 *     0     4  next    rule after this one
 *     4        then the rule record (RULE_* in src/abi/records.ts)
 */
@unmanaged export class Rule {
  next: Rule | null;

  /** The rule record. */
  @inline get record(): usize {
    return changetype<usize>(this) + offsetof<Rule>();
  }

  /** A word of the record. */
  @inline word(field: usize): u32 {
    return load<u32>(this.record + field);
  }

  /** A halfword of the record. */
  @inline half(field: usize): u32 {
    return load<u16>(this.record + field);
  }

  /** A byte of the record. */
  @inline byte(field: usize): u32 {
    return load<u8>(this.record + field);
  }
}

export const RULE_SIZE: u32 = 4 + abi.RULE_BYTES;

/** The rules of a fresh namespace (RULE-2). 0 or -ENOBUFS. */
export function rulesNew(): i32 {
  const isMade =
    ruleDefault(32767, RT_TABLE_DEFAULT) &&
    ruleDefault(32766, RT_TABLE_MAIN) &&
    ruleDefault(0, RT_TABLE_LOCAL);
  return isMade ? 0 : -ENOBUFS;
}

/** Puts a rule that sends everything to one table in front of all others. */
function ruleDefault(priority: u32, table: u32): bool {
  const rule = changetype<Rule | null>(allocZero(RULE, RULE_SIZE));
  if (rule == null) return false;
  const at = rule.record;
  store<u32>(at, priority, abi.RULE_PRIORITY);
  store<u8>(at, AF_INET, abi.RULE_FAMILY);
  store<u8>(at, FR_ACT_TO_TBL, abi.RULE_ACTION);
  store<u8>(at, RTPROT_KERNEL, abi.RULE_PROTOCOL);
  store<u32>(at, table, abi.RULE_TABLE);
  store<i32>(at, -1, abi.RULE_SUPPRESS_LENGTH);
  store<i32>(at, -1, abi.RULE_SUPPRESS_GROUP);
  store<u32>(at, 0xffffffff, abi.RULE_UID_END);
  const s = state();
  rule.next = changetype<Rule | null>(s.rules);
  s.rules = changetype<usize>(rule);
  return true;
}

/** The first rule, or null. */
// @ts-ignore: decorator
@inline export function ruleFirst(): Rule | null {
  return changetype<Rule | null>(state().rules);
}

/** True if a rule asks for more of a flow than the keys of the route cache hold: what is not in RC-30 and RC-32 (D14). */
export function isFine(rule: Rule): bool {
  return (
    (rule.byte(abi.RULE_GIVEN) & (abi.RULE_G_DSCP | abi.RULE_G_UID)) != 0 ||
    rule.word(abi.RULE_UID_START) != 0 ||
    rule.word(abi.RULE_UID_END) != 0xffffffff ||
    rule.byte(abi.RULE_IPPROTO) != 0 ||
    rule.half(abi.RULE_SPORT_START) != 0 ||
    rule.half(abi.RULE_DPORT_START) != 0 ||
    load<u64>(rule.record + abi.RULE_TUN_ID) != 0
  );
}

/** Keeps a rule in front of the one whose record is at `before`, 0 = last. The kept record's address, 0 = no memory. */
export function ruleInsert(record: usize, before: usize): usize {
  const rule = changetype<Rule | null>(allocZero(RULE, RULE_SIZE));
  if (rule == null) return 0;
  memory.copy(rule.record, record, abi.RULE_BYTES);
  let link: usize = changetype<usize>(state()) + offsetof<State>("rules");
  for (let e = load<Rule | null>(link); e != null && e.record != before; e = e!.next)
    link = changetype<usize>(e);
  rule.next = load<Rule | null>(link);
  store<Rule>(link, rule);
  const s = state();
  if (rule.word(abi.RULE_REALMS)) s.realms++;
  if (isFine(rule)) s.fineRules++;
  s.genid++;
  invalidate();
  return rule.record;
}

/** The rule record after `at` (0: the first), or 0. */
export function ruleNext(at: usize): usize {
  const next = at ? changetype<Rule>(at - offsetof<Rule>()).next : ruleFirst();
  return next == null ? 0 : next.record;
}

/** Takes the rule whose record is at `at` away. O(rules). */
export function ruleRemove(at: usize): void {
  let link: usize = changetype<usize>(state()) + offsetof<State>("rules");
  for (let rule = load<Rule | null>(link); rule != null; rule = load<Rule | null>(link)) {
    if (rule.record == at) {
      store<Rule | null>(link, rule.next);
      const s = state();
      if (rule.word(abi.RULE_REALMS)) s.realms--;
      if (isFine(rule)) s.fineRules--;
      free(RULE, changetype<usize>(rule));
      s.genid++;
      invalidate();
      return;
    }
    link = changetype<usize>(rule);
  }
}

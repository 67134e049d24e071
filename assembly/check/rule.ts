// check/rule.ts - R1..R3: the policy rules.

import * as abi from "../../src/abi/records";
import { AF_INET, FR_ACT_TO_TBL, RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN } from "../../src/abi/uapi";
import { RULE, state } from "../arena";
import { claim, walk } from "../claim";
import { Rule, isFine, ruleFirst } from "../rule/rule";
import { hasEnd } from "./device";
import { M, R } from "./rooms";

/** R1..R3. */
export function checkRules(): u32 {
  let last: u32 = 0;
  let n: u32 = 0;
  for (let rule = ruleFirst(); rule != null; rule = rule!.next) {
    if (!claim(RULE, changetype<usize>(rule))) return M + 4;
    if (rule.word(abi.RULE_PRIORITY) < last) return R + 1;
    last = rule.word(abi.RULE_PRIORITY);
    if (!isSound(rule)) return R + 2;
    if (!state().unmerged && !isFresh(rule, n)) return R + 3;
    if (rule.word(abi.RULE_REALMS)) walk().realms++;
    if (isFine(rule)) walk().fine++;
    n++;
  }
  return state().unmerged || n == 3 ? 0 : R + 3;
}

function isSound(rule: Rule): bool {
  return (
    rule.byte(abi.RULE_FAMILY) == AF_INET &&
    rule.byte(abi.RULE_SRC_LEN) <= 32 &&
    rule.byte(abi.RULE_DST_LEN) <= 32 &&
    hasEnd(rule.record + abi.RULE_IIF_NAME) &&
    hasEnd(rule.record + abi.RULE_OIF_NAME)
  );
}

/** True for the n-th rule of a fresh namespace (RULE-2): it says nothing but where to search. */
function isFresh(rule: Rule, n: u32): bool {
  const table = n == 0 ? RT_TABLE_LOCAL : n == 1 ? RT_TABLE_MAIN : RT_TABLE_DEFAULT;
  const priority: u32 = n == 0 ? 0 : 32765 + n;
  return (
    rule.word(abi.RULE_PRIORITY) == priority &&
    rule.byte(abi.RULE_ACTION) == FR_ACT_TO_TBL &&
    rule.word(abi.RULE_TABLE) == <u32>table &&
    rule.word(abi.RULE_FLAGS) == 0 &&
    rule.word(abi.RULE_SUPPRESS_LENGTH) == 0xffffffff &&
    rule.word(abi.RULE_SUPPRESS_GROUP) == 0xffffffff &&
    rule.word(abi.RULE_UID_START) == 0 &&
    rule.word(abi.RULE_UID_END) == 0xffffffff &&
    isZero(rule.record + abi.RULE_TOS, 4) &&
    isZero(rule.record + abi.RULE_IPPROTO, 4) &&
    isZero(rule.record + abi.RULE_MARK, 12) &&
    isZero(rule.record + abi.RULE_IIF, 8) &&
    isZero(rule.record + abi.RULE_SPORT_START, abi.RULE_BYTES - abi.RULE_SPORT_START)
  );
}

function isZero(at: usize, bytes: usize): bool {
  let i: usize = 0;
  while (i < bytes && load<u8>(at + i) == 0) i++;
  return i == bytes;
}

/**
 * model/rule.ts - a policy rule as values: what `wire` reads, what a Netns takes and gives back.
 *
 * Prefixes are canonical text whose host bits are kept, as Linux keeps them (RULE-6); numbers are host order.
 */
import type { TableLike } from './route.js';

/** Words of the actions, at their FR_ACT_ number (RULE-21); 4 and 5 have none. */
const RULE_ACTIONS = [
  'unspec',
  'table',
  'goto',
  'nop',
  undefined,
  undefined,
  'blackhole',
  'unreachable',
  'prohibit',
] as const;

/** An action by its word; a number that has no word stays a number. */
export type RuleAction = NonNullable<(typeof RULE_ACTIONS)[number]> | number;

/** Both ends are inside. */
export interface NumberRange {
  readonly start: number;
  readonly end: number;
}

/** What a rule asks of a flow, and how it ends. All selectors that are there must agree (RULE section 2). */
interface RuleParts {
  /** Source prefix; host bits may be set and are not compared (RULE-6). */
  readonly from?: string;
  /** Destination prefix. */
  readonly to?: string;
  /** Input interface by name, which need not exist (RULE-10); `lo` means made here (RULE-8). */
  readonly iif?: string;
  /** Output interface that the flow is bound to, by name (RULE-9). */
  readonly oif?: string;
  /** Exactly this DSCP, 0..63, under `dscpMask` (RULE-14). */
  readonly dscp?: number;
  /** Default 63. */
  readonly dscpMask?: number;
  readonly fwmark?: number;
  /** Bits of the mark that count; default all when `fwmark` is not 0 (RULE-12). */
  readonly fwmask?: number;
  /** User ids of who makes the flow (RULE-15). */
  readonly uidrange?: NumberRange;
  /** Protocol number of the transport. */
  readonly ipproto?: number;
  readonly sport?: NumberRange;
  /** Bits of a single port that count; default all (RULE-16). */
  readonly sportMask?: number;
  readonly dport?: NumberRange;
  readonly dportMask?: number;
  /** Tunnel key id, u64 (RULE-18). */
  readonly tunId?: bigint;
  /** The flow's L3 master, which gives the table (RULE-17). */
  readonly l3mdev?: boolean;
  /** Priority to go on at (RULE-24..27). */
  readonly goto?: number;
  /** A result with a prefix of this length or shorter is dropped (RULE-28). */
  readonly suppressPrefixLength?: number;
  /** A result through a device of this group is dropped (RULE-29). */
  readonly suppressGroup?: number;
  /** Class id of the result: source realm in the high 16 bits, destination in the low ones (RULE-19). */
  readonly realms?: number;
}

/** A rule to add, or what a rule to delete agrees with. */
export interface RuleInput extends Omit<RuleParts, 'sport' | 'dport'> {
  /** Default: one before the second rule of the list (RULE-39); in a deletion any. */
  readonly priority?: number;
  /** Default `goto` when there is a target, else `table`; in a deletion any. */
  readonly action?: RuleAction;
  /** Default main, and none with `l3mdev`; 0 is a table made for the rule (RULE-23). In a deletion 0 and nothing are any. */
  readonly table?: TableLike;
  /** The dsfield byte, bits 0x1c only (RULE-13). */
  readonly tos?: number;
  /** The rule applies to what does not agree. */
  readonly invert?: boolean;
  /** FIB_RULE_* bits beside what `invert` says, stored as they are (RULE-42). */
  readonly flags?: number;
  /** RTPROT_* number 0..255 of who made the rule, default 0. */
  readonly protocol?: number;
  /** A port or a range of ports. */
  readonly sport?: number | NumberRange;
  readonly dport?: number | NumberRange;
}

/** A rule as it stands in the list, or in a message. What is absent is not asked for. */
export interface Rule extends RuleParts {
  /** AF_INET (2) or AF_INET6 (10). */
  readonly family: number;
  readonly priority: number;
  readonly action: RuleAction;
  /** 0 where the action needs none. */
  readonly table: number;
  readonly tos: number;
  readonly protocol: number;
  /** FIB_RULE_*: as given, with those that tell of a missing target or device (RULE-42). */
  readonly flags: number;
}

/** The number of an action, or undefined. */
export function ruleActionNumber(action: RuleAction): number | undefined {
  if (typeof action === 'number') return action;
  const n = RULE_ACTIONS.indexOf(action);
  return n < 0 ? undefined : n;
}

/** The word of an action, or the number itself where it has none. */
export function ruleActionWord(n: number): RuleAction {
  return RULE_ACTIONS[n] ?? n;
}

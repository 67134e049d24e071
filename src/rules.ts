/**
 * rules.ts - the policy rules of a Netns: `ns.rule`. One list by ascending priority, walked from its head (RULE-1).
 *
 * Both doors come together here: values as a program gives them, and what the endpoint read from a request. The order
 * of the checks and their words are those of Linux (RULE-44).
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { outOfMemory, type Core } from './core/core.js';
import { show } from './core/route.js';
import { readRule, writeRule } from './core/rule.js';
import { DETACHED, RULE_NAMES, attachNames, isNamed, ruleAgrees } from './core/rule-match.js';
import { FibError } from './errors.js';
import { ruleActionNumber, type NumberRange, type Rule, type RuleInput } from './model/rule.js';
import { GROUP_RULE, type Notices, type Origin } from './notices.js';
import { sameBytes } from './wire/bytes.js';
import { encodeRule } from './wire/rule.js';

/** Where the attributes of a request are: offset by number, 0 = not there. */
interface Located {
  offset(type: number): number;
}

/** Of a rule that came as values. */
const NOWHERE: Located = { offset: () => 0 };

/** Bits that a tos may have, and those below them, which are ECN's (RULE-13). */
const TOS_BITS = 0x1c;
const ECN_BITS = 0x03;
const PORT_MAX = 0xffff;
/** Flags that other things decide (RULE-42). */
const TOLD_FLAGS = uapi.FIB_RULE_UNRESOLVED | uapi.FIB_RULE_IIF_DETACHED | uapi.FIB_RULE_OIF_DETACHED;
/** The user id of nobody. */
const NO_UID = 0xffffffff;

/** The policy rules of one Netns; `ns.rule`. */
export class RuleTable {
  readonly #core: Core;
  readonly #notices: Notices;

  constructor(core: Core, notices: Notices) {
    this.#core = core;
    this.#notices = notices;
  }

  /**
   * Adds a rule behind those of its priority, as `ip rule add` does; an equal one must not exist. The first rule ever
   * added or deleted gives table local a trie of its own (FIB-8). O(rules).
   * @throws {FibError} EINVAL malformed or contradictory, in the kernel's words; EEXIST; ENOBUFS
   */
  add(input: RuleInput): void {
    const { goto, l3mdev, action = goto === undefined ? 'table' : 'goto' } = object(input, 'rule add');
    const table = input.table ?? (action === 'table' && !l3mdev ? 'main' : 0);
    this.create({ ...input, action, table }, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL, 'rule add');
  }

  /**
   * Deletes the first rule that agrees in everything that is given (RULE-45); nothing given takes the first. O(rules).
   * @throws {FibError} EINVAL malformed or contradictory; ENOENT no such rule; EPERM a permanent one; ENOBUFS
   */
  del(input: RuleInput): void {
    const { goto, action = goto === undefined ? 'unspec' : 'goto' } = object(input, 'rule del');
    this.remove({ ...input, action }, 'rule del');
  }

  /** All rules, in the order in which they are tried. */
  list(): Rule[] {
    return [...this.each()];
  }

  /** Goes through the rules in order. After a change in between it goes on behind as many rules as it has given. */
  *each(): Generator<Rule, void, undefined> {
    const core = this.#core;
    let at = core.exports.ruleNext(0) >>> 0;
    for (let given = 1; at !== 0; given++) {
      const genid = core.view.getUint32(abi.STATE_GENID, true);
      yield this.#read(at);
      const isChanged = core.view.getUint32(abi.STATE_GENID, true) !== genid;
      at = isChanged ? this.#nth(given) : core.exports.ruleNext(at) >>> 0;
    }
  }

  /**
   * @internal Adds a rule by netlink flags. `attrs` says where the attributes of a request are.
   * @throws {FibError} as `add`
   */
  create(input: RuleInput, flags: number, operation: string, origin?: Origin, attrs = NOWHERE): void {
    const core = this.#core;
    this.#write(input, operation, attrs);
    if (flags & uapi.NLM_F_EXCL && this.#first((at) => ruleAgrees(core, at, true)) !== 0) {
      throw new FibError('EEXIST', operation, { detail: `priority ${this.#priority(core.record)}` });
    }
    checkTos(input, operation, attrs);
    if (needsTable(input)) this.#chooseTable(operation);
    this.#insert(operation, origin);
  }

  /** Puts the rule in the mailbox in its place, and tells of it. */
  #insert(operation: string, origin?: Origin): void {
    const core = this.#core;
    attachNames(core);
    const at = core.exports.ruleInsert(core.record, this.#successor()) >>> 0;
    if (at === 0) throw outOfMemory(operation);
    if (core.exports.unmerge() < 0) {
      core.exports.ruleRemove(at);
      throw outOfMemory(operation);
    }
    this.#notices.publish(GROUP_RULE, uapi.RTM_NEWRULE, 0, () => encodeRule(this.#read(at)), origin);
  }

  /**
   * @internal A rule as a source tells it: no validation, and one that is there already is no error. True if it came.
   * @throws {FibError} EINVAL what no rule can hold; ENOBUFS
   */
  believe(input: RuleInput): boolean {
    const core = this.#core;
    this.verify(input);
    const told = encodeRule(readRule(core, core.record));
    const isThere = (at: number): boolean => {
      if (this.#priority(at) !== this.#priority(core.record)) return false;
      return sameBytes(told, encodeRule(readRule(core, at)));
    };
    if (this.#first(isThere) !== 0) return false;
    this.#insert('apply');
    return true;
  }

  /** @internal The first rule that agrees with what a source says has gone; false when there is none. */
  disbelieve(input: RuleInput): boolean {
    const core = this.#core;
    const { goto, action = goto === undefined ? 'unspec' : 'goto' } = object(input, 'apply');
    writeRule(core, { ...input, action }, 'apply');
    const at = this.#first((kept) => ruleAgrees(core, kept, false));
    if (at !== 0) this.#remove(at, 'apply');
    return at !== 0;
  }

  /** @internal Writes a rule as `believe` does. @throws {FibError} EINVAL what no rule can hold */
  verify(input: RuleInput): void {
    const { goto, l3mdev, action = goto === undefined ? 'table' : 'goto' } = object(input, 'apply');
    const { table = action === 'table' && !l3mdev ? 'main' : 0, flags = 0 } = input;
    writeRule(this.#core, { ...input, action, table, flags: flags & ~TOLD_FLAGS }, 'apply');
    const priority = input.priority ?? this.#defaultPriority();
    this.#core.view.setUint32(this.#core.record + abi.RULE_PRIORITY, priority, true);
  }

  /**
   * @internal Deletes the first rule that agrees.
   * @throws {FibError} as `del`
   */
  remove(input: RuleInput, operation: string, origin?: Origin, attrs = NOWHERE): void {
    const core = this.#core;
    this.#write(input, operation, attrs);
    const at = this.#first((kept) => ruleAgrees(core, kept, false));
    if (at === 0) throw new FibError('ENOENT', operation, { detail: 'no rule agrees' });
    if (this.#read(at).flags & uapi.FIB_RULE_PERMANENT)
      throw new FibError('EPERM', operation, { detail: 'a permanent rule' });
    this.#remove(at, operation, origin);
  }

  #remove(at: number, operation: string, origin?: Origin): void {
    const core = this.#core;
    const rule = this.#read(at);
    if (core.exports.unmerge() < 0) throw outOfMemory(operation);
    core.exports.ruleRemove(at);
    this.#notices.publish(GROUP_RULE, uapi.RTM_DELRULE, 0, () => encodeRule(rule), origin);
  }

  /** @internal A device has its name from now on: rules that wait for it are attached (RULE-10). */
  attach(index: number): void {
    const core = this.#core;
    const device = core.exports.deviceGet(index) >>> 0;
    for (const at of this.#records()) {
      for (const [name, attached] of RULE_NAMES) {
        const isWaiting = core.view.getInt32(at + attached, true) === DETACHED;
        if (isWaiting && isNamed(core, at + name, device)) this.#attach(at + attached, index);
      }
    }
  }

  /** @internal A device goes, or loses its name: rules that named it match nothing (RULE-10). */
  detach(index: number): void {
    const core = this.#core;
    for (const at of this.#records()) {
      for (const [, attached] of RULE_NAMES) {
        if (core.view.getInt32(at + attached, true) === index) this.#attach(at + attached, DETACHED);
      }
    }
  }

  /** Says which device a rule means: it may match other flows now, so what the route cache knows is out of date. */
  #attach(at: number, index: number): void {
    this.#core.view.setInt32(at, index, true);
    this.#core.exports.cacheFlush(-1);
  }

  /** Addresses of the records in order; nothing may change meanwhile. */
  *#records(): Generator<number, void, undefined> {
    const { exports } = this.#core;
    for (let at = exports.ruleNext(0) >>> 0; at !== 0; at = exports.ruleNext(at) >>> 0) yield at;
  }

  /** Address of the first rule that is accepted, 0 = none. */
  #first(accepts: (at: number) => boolean): number {
    for (const at of this.#records()) if (accepts(at)) return at;
    return 0;
  }

  /** Address of the rule behind so many others, 0 = there are no more. */
  #nth(others: number): number {
    return this.#first(() => others-- === 0);
  }

  #priority(at: number): number {
    return this.#core.view.getUint32(at + abi.RULE_PRIORITY, true);
  }

  /** The rule at an address, with the flags that other things decide (RULE-42). */
  #read(at: number): Rule {
    const rule = readRule(this.#core, at);
    const { goto } = rule;
    let { flags } = rule;
    for (const [, attached, flag] of RULE_NAMES) {
      if (this.#core.view.getInt32(at + attached, true) === DETACHED) flags |= flag;
    }
    const isUnresolved = goto !== undefined && this.#first((target) => this.#priority(target) === goto) === 0;
    if (isUnresolved) flags |= uapi.FIB_RULE_UNRESOLVED;
    return { ...rule, flags: flags >>> 0 };
  }

  /** Writes a rule into the mailbox, with its checks up to the direction of goto (RULE-44). */
  #write(input: RuleInput, operation: string, attrs: Located): void {
    writeRule(this.#core, input, operation);
    checkRule(input, operation, attrs);
    const priority = input.priority ?? this.#defaultPriority();
    if (input.goto !== undefined && input.goto <= priority)
      throw refusal('Backward goto not supported', operation);
    this.#core.view.setUint32(this.#core.record + abi.RULE_PRIORITY, priority, true);
  }

  /** RULE-39: one less than the priority of the second rule. */
  #defaultPriority(): number {
    const second = this.#nth(1);
    return second === 0 ? 0 : Math.max(0, this.#priority(second) - 1);
  }

  /** Address of the rule that the one in the mailbox goes in front of (RULE-1), 0 = it is the last. */
  #successor(): number {
    const priority = this.#priority(this.#core.record);
    return this.#first((at) => this.#priority(at) > priority);
  }

  /** RULE-23: gives the rule in the mailbox the first table that does not exist, and makes it. */
  #chooseTable(operation: string): void {
    const { exports, record } = this.#core;
    let id = 1;
    while (exports.tableExists(id) !== 0) id++;
    if (exports.tableAdd(id) < 0) throw outOfMemory(operation);
    this.#core.view.setUint32(record + abi.RULE_TABLE, id, true);
  }
}

function object(input: RuleInput, operation: string): RuleInput {
  if (typeof input === 'object' && input !== null) return input;
  throw new FibError('EINVAL', operation, { detail: `rule: expected an object, got ${show(input)}` });
}

/** EINVAL in the kernel's words. */
function refusal(extack: string, operation: string, attr = 0): FibError {
  return new FibError('EINVAL', operation, attr === 0 ? { extack } : { extack, attr });
}

/** True for a rule that searches a table and names none. */
function needsTable({ action = 'unspec', table, l3mdev }: RuleInput): boolean {
  return ruleActionNumber(action) === uapi.FR_ACT_TO_TBL && !table && !l3mdev;
}

/** What can be said of a rule by itself, up to its ports (RULE-44). */
function checkRule(input: RuleInput, operation: string, attrs: Located): void {
  const isGoto = ruleActionNumber(input.action ?? 'unspec') === uapi.FR_ACT_GOTO;
  if (isGoto && input.goto === undefined) throw refusal('Missing goto target for action goto', operation);
  if (!isGoto && input.goto !== undefined) throw refusal('Unexpected goto', operation);
  if (input.l3mdev && input.table) throw refusal('l3mdev and table are mutually exclusive', operation);
  const { start = 0, end = 0 } = input.uidrange ?? {};
  if (start > end || end === NO_UID) throw refusal('Invalid uid range', operation);
  checkPorts('sport', input.sport, operation);
  checkPortMask(input.sport, input.sportMask, operation, attrs.offset(uapi.FRA_SPORT_MASK));
  checkPorts('dport', input.dport, operation);
  checkPortMask(input.dport, input.dportMask, operation, attrs.offset(uapi.FRA_DPORT_MASK));
}

function checkPorts(name: string, ports: RuleInput['sport'], operation: string): void {
  if (ports === undefined) return;
  const { start, end } = rangeOf(ports);
  if (start === 0 || end >= PORT_MAX || start > end) throw refusal(`Invalid ${name} range`, operation);
}

function checkPortMask(
  ports: RuleInput['sport'],
  mask: number | undefined,
  operation: string,
  attr: number,
): void {
  if (mask === undefined) return;
  if (ports === undefined) throw refusal('Cannot specify port mask without port value', operation, attr);
  const { start, end } = rangeOf(ports);
  if (start !== end) throw refusal('Cannot specify port mask for port range', operation, attr);
  if (start & ~mask) throw refusal('Invalid port mask', operation, attr);
}

function rangeOf(ports: number | NumberRange): NumberRange {
  return typeof ports === 'number' ? { start: ports, end: ports } : ports;
}

/** What only a rule to add has to fulfil, after the check for an equal one (RULE-13, RULE-14). */
function checkTos({ tos = 0, dscp, dscpMask }: RuleInput, operation: string, attrs: Located): void {
  if (attrs.offset(uapi.FRA_FLOWLABEL) !== 0 || attrs.offset(uapi.FRA_FLOWLABEL_MASK) !== 0) {
    throw refusal('Flow label cannot be specified for IPv4 FIB rules', operation);
  }
  if (tos & ECN_BITS) throw refusal('Invalid dsfield (tos): ECN bits must be 0', operation);
  if (tos & ~TOS_BITS) throw refusal('Invalid tos', operation);
  if (dscp !== undefined && tos !== 0) throw refusal('Cannot specify both TOS and DSCP', operation);
  if (dscpMask === undefined) return;
  const attr = attrs.offset(uapi.FRA_DSCP_MASK);
  if (dscp === undefined) throw refusal('Cannot specify DSCP mask without DSCP value', operation, attr);
  if (dscp & ~dscpMask) throw refusal('Invalid DSCP mask', operation, attr);
}

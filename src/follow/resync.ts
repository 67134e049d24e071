/**
 * follow/resync.ts - everything is told anew: what comes is put together, then a Netns is made like it.
 *
 * Routes are put together in a second Netns, the *fresh* one, of which at the end only the differences are taken
 * (differ.ts); the rest are few and are kept by their keys. Two kinds of telling:
 *   a dump     nothing changes until it is whole, then all at once: links, addresses, objects, rules, routes, and last what
 *              has gone; in slices, each prefix whole, so that lookups go on
 *   live       changes are made as they come, and what was not told again goes at the end
 * A Netns that has no routes yet needs no second one: what is told is all that it will have.
 */
import * as uapi from '../abi/uapi.js';
import { Netns } from '../inline.js';
import type { AddressChange, Change, LinkChange, NexthopChange } from '../model/change.js';
import type { BeginPart, ChangesPart, MessagesPart } from '../model/feed.js';
import type { Rule } from '../model/rule.js';
import type { Netns as AnyNetns } from '../netns.js';
import { changesAt } from '../wire/change.js';
import { encodeRule } from '../wire/rule.js';
import { applyChanges, applyPart, type OnRefused, type Outcome } from './apply.js';
import { routeDifferences } from './differ.js';
import { notInDump } from './overlap.js';
import { pause } from './pause.js';

/** Changes that are made before something else has its turn. */
const SLICE = 1024;

/** Flags of a rule that follow from what else there is (RULE-42). */
const DERIVED = uapi.FIB_RULE_UNRESOLVED | uapi.FIB_RULE_IIF_DETACHED | uapi.FIB_RULE_OIF_DETACHED;

/** What came of one telling of everything. */
export interface Finished {
  /** Changes that it took. */
  readonly applied: number;
  /** False when it cannot be said which of the changes that happened meanwhile were in what was told. */
  readonly isSure: boolean;
}

/** One telling of everything. */
export class Resync {
  readonly #ns: AnyNetns;
  readonly #fresh: AnyNetns;
  readonly #begin: BeginPart;
  readonly #onRefused: OnRefused;
  readonly #links = new Map<number, LinkChange>();
  readonly #addresses = new Map<string, AddressChange>();
  readonly #nexthops = new Map<number, NexthopChange>();
  readonly #rules: Rule[] = [];

  constructor(ns: AnyNetns, begin: BeginPart, onRefused: OnRefused) {
    this.#ns = ns;
    this.#begin = begin;
    this.#onRefused = onRefused;
    const isEmpty = ns.stats().routes === 0 && ns.nexthop.list().length === 0;
    this.#fresh = isEmpty ? ns : Netns.create({ forward: 'off' });
  }

  close(): void {
    if (this.#fresh !== this.#ns) this.#fresh.close();
  }

  /** Takes a part; what it has changed in the Netns. @throws what `applyPart` throws */
  take(part: MessagesPart | ChangesPart): Outcome {
    for (const change of part.kind === 'changes' ? part.changes : changesAt(part.bytes, part.place)) {
      if (change !== undefined && change.kind !== 'route') this.#note(change);
    }
    const isOne = this.#fresh === this.#ns;
    const outcome = applyPart(this.#fresh, part, isOne ? this.#onRefused : undefined);
    if (isOne) return outcome;
    if (this.#begin.isLive) return applyPart(this.#ns, part, this.#onRefused);
    return { ...outcome, applied: 0 };
  }

  /** Keeps what is not a route by its key; the last that was told of it counts. */
  #note(change: Exclude<Change, { kind: 'route' }>): void {
    const isGone = change.op === 'del';
    switch (change.kind) {
      case 'link':
        return keep(this.#links, change.index, change, isGone);
      case 'address':
        return keep(this.#addresses, addressKey(change.address), change, isGone);
      case 'nexthop':
        return keep(this.#nexthops, change.nexthop.id, change, isGone);
      case 'rule':
        if (change.rule.family === uapi.AF_INET) noteRule(this.#rules, change.rule, isGone);
    }
  }

  /** All was told, but for what changed meanwhile: makes the Netns like it. */
  async finish(overlap: MessagesPart | undefined): Promise<Finished> {
    const isSure = overlap === undefined || (await this.#catchUp(overlap));
    let applied = 0;
    for (const slice of slices(this.#changes())) {
      applied += applyChanges(this.#ns, slice, this.#onRefused).applied;
      await pause();
    }
    return { applied, isSure };
  }

  async #catchUp({ bytes, place }: MessagesPart): Promise<boolean> {
    const changes = [...changesAt(bytes, place)].filter((change) => change !== undefined);
    for (const change of changes) if (change.kind !== 'route') this.#note(change);
    const rest = await notInDump(this.#fresh, changes);
    applyChanges(this.#fresh, rest.changes);
    return rest.isSure;
  }

  /** What makes the Netns like what was told, in parts that belong together. */
  *#changes(): Generator<readonly Change[], void, undefined> {
    const ns = this.#ns;
    const { kinds, isLive } = this.#begin;
    if (!isLive && this.#fresh !== ns) {
      yield* each(this.#links.values());
      yield this.#addressDifferences();
      yield* each(groupsLast(this.#nexthops.values()));
    }
    if (kinds.includes('rule')) yield ruleDifferences(ns, this.#rules);
    if (kinds.includes('route') && this.#fresh !== ns) yield* routeDifferences(ns, this.#fresh);
    if (kinds.includes('nexthop')) yield* each(this.#goneNexthops());
    if (kinds.includes('address')) yield this.#addressDifferences();
    if (kinds.includes('link')) yield* each(this.#goneLinks());
  }

  #goneNexthops(): Change[] {
    const gone = this.#ns.nexthop.list().filter(({ id }) => !this.#nexthops.has(id));
    return gone.map((nexthop) => ({ kind: 'nexthop', op: 'del', nexthop }));
  }

  /** What gives each link its addresses, in their order: the first of a subnet is its primary one (CFG-97). */
  #addressDifferences(): Change[] {
    const have = this.#ns.address.list();
    const told = this.#fresh.address
      .list()
      .flatMap((address) => this.#addresses.get(addressKey(address)) ?? []);
    const links = new Set([...have, ...told.map(({ address }) => address)].map(({ index }) => index));
    const changes = [...links].flatMap((link) => {
      const here = have.filter(({ index }) => index === link);
      const there = told.filter(({ address }) => address.index === link);
      return inOrder(
        here.map((address) => ({ kind: 'address', op: 'del', address })),
        here.map(addressKey),
        there,
        there.map(({ address }) => addressKey(address)),
      );
    });
    return [...changes, ...told]; // one that stands where it was may have got another label or lifetime
  }

  #goneLinks(): Change[] {
    const gone = this.#ns.link.list().filter(({ index }) => !this.#links.has(index));
    return gone.map(({ index, name }) => ({ kind: 'link', op: 'del', index, name }));
  }
}

function keep<K, V>(map: Map<K, V>, key: K, value: V, isGone: boolean): void {
  if (isGone) map.delete(key);
  else map.set(key, value); // what is told again stays in its place
}

function addressKey({ index, address, peer }: { index: number; address: string; peer?: string }): string {
  return `${index} ${address} ${peer ?? ''}`;
}

function* each(changes: Iterable<Change>): Generator<readonly Change[], void, undefined> {
  for (const change of changes) yield [change];
}

/** Groups of nexthop objects name others, which must be there. */
function* groupsLast(changes: Iterable<NexthopChange>): Generator<NexthopChange, void, undefined> {
  const groups: NexthopChange[] = [];
  for (const change of changes) {
    if (change.nexthop.group === undefined) yield change;
    else groups.push(change);
  }
  yield* groups;
}

/** Puts parts together to slices; no part is cut. */
function* slices(parts: Iterable<readonly Change[]>): Generator<Change[], void, undefined> {
  let slice: Change[] = [];
  for (const part of parts) {
    slice.push(...part);
    if (slice.length < SLICE) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

/** Adds a rule behind those of its priority, or removes the first that is equal. */
function noteRule(rules: Rule[], rule: Rule, isGone: boolean): void {
  const key = ruleKey(rule);
  const equal = rules.findIndex((other) => ruleKey(other) === key);
  if (isGone && equal >= 0) rules.splice(equal, 1);
  if (isGone || equal >= 0) return;
  const after = rules.findIndex(({ priority }) => priority > rule.priority);
  rules.splice(after < 0 ? rules.length : after, 0, rule);
}

/** What makes the rules of a Netns these. */
function ruleDifferences(ns: AnyNetns, rules: readonly Rule[]): Change[] {
  const have = ns.rule.list().filter(({ family }) => family === uapi.AF_INET);
  return inOrder(
    have.map((rule) => ({ kind: 'rule', op: 'del', rule })),
    have.map(ruleKey),
    rules.map((rule) => ({ kind: 'rule', op: 'add', rule })),
    rules.map(ruleKey),
  );
}

/**
 * What turns a list into another one, of which the order counts: what is too much goes, what is missing comes behind. When
 * that does not give the order, the first that stands wrong goes with all behind it, and they come anew.
 * @param removals what removes the entries that there are, and their keys
 * @param additions what adds those that there shall be, and their keys
 */
function inOrder(
  removals: readonly Change[],
  have: readonly string[],
  additions: readonly Change[],
  want: readonly string[],
): Change[] {
  let same = 0;
  const kept = have.filter((key) => want.includes(key));
  while (same < kept.length && kept[same] === want[same]) same++;
  const stays = new Set(kept.slice(0, same));
  return [
    ...removals.filter((_, i) => !stays.has(have[i]!)),
    ...additions.filter((_, i) => !stays.has(want[i]!)),
  ];
}

/** What makes a rule another one. */
function ruleKey(rule: Rule): string {
  const { unknown: _, ...plain } = rule as Rule & { unknown?: unknown };
  return encodeRule({ ...plain, flags: rule.flags & ~DERIVED }).join();
}

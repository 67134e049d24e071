/**
 * follow/apply.ts - parts of a source put into a Netns, and what became of them.
 */
import { FibError, WireError } from '../errors.js';
import type { Change } from '../model/change.js';
import type { ChangesPart, MessagesPart } from '../model/feed.js';
import type { Netns } from '../netns.js';
import { changesAt } from '../wire/change.js';

/** What became of changes. */
export interface Outcome {
  applied: number;
  unchanged: number;
  /** IPv6, or nothing that a Netns holds. */
  passedOver: number;
  refused: number;
}

/** Told of a change that the Netns cannot hold. */
export type OnRefused = (error: FibError, change: Change) => void;

/**
 * Applies a part, all at once where that goes, else one by one.
 * @throws {WireError} what cannot be read, with its offset in the source
 * @throws {FibError} ENOBUFS
 */
export function applyPart(ns: Netns, part: MessagesPart | ChangesPart, onRefused?: OnRefused): Outcome {
  if (part.kind === 'changes') return applyChanges(ns, part.changes, onRefused);
  try {
    const { applied, unchanged, skipped } = ns.applyDump(part.bytes);
    return { applied, unchanged, passedOver: skipped, refused: 0 };
  } catch (error) {
    if (error instanceof WireError) throw error.movedTo(part.place(error.offset));
    if (!(error instanceof FibError) || error.code === 'ENOBUFS') throw error;
    return applyChanges(ns, changesAt(part.bytes, part.place), onRefused); // one of them cannot be held
  }
}

/** Applies changes one by one. @throws {FibError} ENOBUFS */
export function applyChanges(
  ns: Netns,
  changes: Iterable<Change | undefined>,
  onRefused?: OnRefused,
): Outcome {
  const outcome: Outcome = { applied: 0, unchanged: 0, passedOver: 0, refused: 0 };
  for (const change of changes) {
    try {
      if (change === undefined) outcome.passedOver++;
      else if (ns.apply(change)) outcome.applied++;
      else outcome.unchanged++;
    } catch (error) {
      if (!(error instanceof FibError) || error.code === 'ENOBUFS') throw error;
      if (error.code === 'EAFNOSUPPORT') outcome.passedOver++;
      else {
        outcome.refused++;
        onRefused?.(error, change!);
      }
    }
  }
  return outcome;
}

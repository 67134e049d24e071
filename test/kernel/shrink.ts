/**
 * kernel/shrink.ts - fewer steps that still differ in the same way.
 *
 * Steps are dropped in ever smaller pieces. Every piece is tried at the same time as the others, because a try waits
 * for the kernel's reports more than it works; pieces that can each go are then tried together.
 */
import { type Plan, type Finding } from './run.js';
import { type Step } from './scenario.js';

/** Runs plans and gives what each found. */
export type Try = (plans: readonly Plan[]) => (Finding | undefined)[];

/** What a shrunk case is: its steps in order, and its difference. */
export interface Case {
  readonly steps: readonly Step[];
  readonly finding: Finding;
}

/**
 * @param plan where the finding was made
 * @param fixed steps that number what comes later (devices): only the last of those kept may go
 */
export function shrink(plan: Plan, finding: Finding, fixed: ReadonlySet<Step>, attempt: Try): Case {
  const last = plan.steps[finding.at];
  const probed = finding.probe.dumps.length + finding.probe.files.length + finding.probe.queries.length > 0;
  const planOf = (steps: readonly Step[]): Plan => ({
    ...plan,
    steps,
    probe: (i) => (i === steps.length - 1 ? finding.probe : { dumps: [], files: [], queries: [] }),
  });
  const tail = probed || !last ? [] : [last]; // the step whose answer or notifications differ stays
  let kept = plan.steps.slice(0, finding.at + (probed ? 1 : 0));
  let best = finding;

  /** The first of the choices, longest removal first, that differs as before. */
  const choose = (choices: readonly (readonly Step[])[]): boolean => {
    const found = attempt(choices.map((steps) => planOf([...steps, ...tail])));
    const i = found.findIndex((each) => each?.signature === finding.signature);
    if (i < 0) return false;
    kept = [...choices[i]!];
    best = found[i]!;
    return true;
  };

  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let again = true; again && kept.length > 0;) {
      const pieces = piecesOf(kept, size).filter((piece) => mayGo(piece, kept, fixed));
      const without = (gone: readonly Step[]): Step[] => kept.filter((step) => !gone.includes(step));
      const found = attempt(pieces.map((piece) => planOf([...without(piece), ...tail])));
      const free = pieces.filter((_, i) => found[i]?.signature === finding.signature);
      const prefixes = free.map((_, i) => without(free.slice(0, free.length - i).flat()));
      again = free.length > 0 && choose(prefixes) && size === 1;
    }
  }
  return { steps: [...kept, ...tail], finding: best };
}

function piecesOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}

/** A device may go when no device after it stays. */
function mayGo(piece: readonly Step[], kept: readonly Step[], fixed: ReadonlySet<Step>): boolean {
  const first = kept.findIndex((step) => piece.includes(step) && fixed.has(step));
  return first < 0 || kept.slice(first).every((step) => !fixed.has(step) || piece.includes(step));
}

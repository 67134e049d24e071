/**
 * bench/growth.ts - the costs of tables of one or several sizes, in each shape: who is started, in which order.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from './compare.js';
import type { Costs, CostsOrder, Effort } from './costs.js';
import { SHAPES, type Shape } from './forward.js';
import { Process } from './process.js';
import { tableOf, writeWorkload } from './workload.js';

/** The shapes whose growth is shown: what a Netns does by itself, and what it may be told. */
export const GROWN: readonly Shape[] = ['auto', ...SHAPES];

/** What is run. */
export interface GrowthPlan {
  readonly shapes: readonly Shape[];
  /** Files of prefixes, or how many to generate. */
  readonly tables: readonly (string | number)[];
  readonly effort: Effort;
  readonly rows: number;
  readonly seed: number;
}

const FULL_EFFORT: Effort = { repeats: 3, rounds: 5, updates: 20_000, ms: 300 };
const QUICK_EFFORT: Effort = { repeats: 1, rounds: 1, updates: 200, ms: 2 };

/** A full run but for its tables, and one that only shows that everything works. */
export const FULL_GROWTH = { shapes: GROWN, effort: FULL_EFFORT, rows: 1 << 20, seed: 1 } as const;
export const QUICK_GROWTH: GrowthPlan = {
  ...FULL_GROWTH,
  tables: [10, 2000],
  effort: QUICK_EFFORT,
  rows: 1 << 12,
};
/** The sizes that show how everything grows. */
export const GROWTH_SIZES: readonly number[] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** The costs of one table in one shape. */
export interface GrowthResult {
  readonly table: string;
  readonly prefixes: number;
  readonly shape: Shape;
  readonly costs: Costs;
}

/** Runs the plan; `script` is what is forked with `--worker`. */
export async function measureGrowth(
  plan: GrowthPlan,
  script: string,
  report: Report = () => undefined,
): Promise<GrowthResult[]> {
  const results: GrowthResult[] = [];
  const total = plan.tables.length * plan.shapes.length;
  for (const source of plan.tables) {
    const folder = mkdtempSync(join(tmpdir(), 'hoptrie-bench-'));
    try {
      const table = tableOf(source, plan.seed);
      const prefixes = table.addresses.length;
      writeWorkload(folder, table, plan.rows, plan.seed);
      for (const shape of plan.shapes) {
        report(results.length, total, `${prefixes} prefixes, ${shape}`);
        const order: CostsOrder = { do: 'costs', folder, shape, effort: plan.effort };
        results.push({
          table: typeof source === 'string' ? 'real' : 'generated',
          prefixes,
          shape,
          costs: await askOnce(shape, script, order),
        });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  report(total, total, '');
  return results;
}

async function askOnce(shape: Shape, script: string, order: CostsOrder): Promise<Costs> {
  const process = Process.fork(shape, script, 'costs');
  try {
    return await process.ask<Costs>(order);
  } finally {
    process.end();
  }
}

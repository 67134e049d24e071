/**
 * ip/replay.test.ts - the scenarios of this folder against what the kernel and iproute2 answered when they were recorded
 * (`npm run test:ip -- --record`): by `ns.ip`, and those with a monitor over a socket of `hoptrie serve` too.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { masked } from './outcome.js';
import { readRecording, recorded, scenariosIn } from './recording.js';
import type { Scenario } from './scenario.js';
import { openNetns, openSocket, runAll, type Open } from './sides.js';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const scenarios = scenariosIn(at('scenarios'));
const recording = readRecording(at('recorded.json.gz'));

test('every scenario is recorded as it stands', () => {
  const missing = scenarios.filter((scenario) => recorded(recording, scenario) === undefined);
  expect(missing.map(({ name }) => name)).toEqual([]);
  expect(Object.keys(recording).sort()).toEqual(scenarios.map(({ name }) => name).sort());
});

const hasMonitor = ({ steps }: Scenario): boolean => steps.some((step) => step.do === 'start');
const SIDES: readonly (readonly [string, Open, readonly Scenario[]])[] = [
  ['ns.ip', openNetns, scenarios],
  ['a socket', openSocket, scenarios.filter(hasMonitor)],
];

describe.each(SIDES)('%s does what the kernel did', (_, open, list) => {
  test.each(list)('$name', async (scenario) => {
    const kernel = recorded(recording, scenario)!;
    const outcomes = await runAll(open, scenario.steps);
    outcomes.forEach((got, i) => {
      const { line } = scenario.steps[i]!;
      if (got !== undefined) expect([line, ...masked(got)]).toEqual([line, ...masked(kernel[i]!)]);
    });
  });
});

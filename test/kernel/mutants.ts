/**
 * kernel/mutants.ts - damaged requests as plans: a small namespace, then mutants, everything looked at after each.
 */
import { Chance } from './chance.js';
import { MSG, hex, messagesOf } from './bytes.js';
import { randomGet } from './get.js';
import { isComparable, mutant } from './mutate.js';
import { queryBytes, randomQuery } from './query.js';
import { ALL, NOTHING, type Entry, type Plan } from './run.js';
import { makeScenario, type Scenario, type Step } from './scenario.js';
import { typeName } from './show.js';

/** What a mutant may do to a device is given this time to be reported. */
const SETTLE_MS = 40;
/** So many mutants share a namespace. */
const TOGETHER = 40;
/** Seeds come from so many scenarios. */
const SOURCES = 20;

/** Valid requests of every kind: what the scenarios of some seeds ask for. */
export function seedRequests(seed: number): Uint8Array[] {
  return Array.from({ length: SOURCES }, (_, i) => makeScenario(seed + i, 30)).flatMap(requestsOf);
}

/** Every request of a scenario, with some questions and dumps. */
function requestsOf({ devices, steps, world }: Scenario): Uint8Array[] {
  const made = [...devices, ...steps].flatMap((step) => ('bytes' in step ? [step.bytes] : []));
  const asked = Array.from({ length: 5 }, () => [queryBytes(randomQuery(world)), randomGet(world).bytes]);
  return [...made, ...asked.flat()];
}

/**
 * Plans with `count` mutants altogether; the same for the same seed. None makes a pair of devices,
 * whose carriers a kernel reports a second later.
 */
export function* mutantPlans(count: number, seed: number): Generator<Entry, void> {
  const seeds = seedRequests(seed).filter((bytes) => !Buffer.from(bytes).includes('veth'));
  const chance = new Chance(seed);
  for (let made = 0; made < count; made += TOGETHER) {
    const mutants = Array.from({ length: Math.min(TOGETHER, count - made) }, () => step(seeds, chance));
    yield entry(makeScenario(seed + made, 15), mutants);
  }
}

/** Mutants that follow a scenario; those behind one that differs are left for a fresh namespace. */
function entry(scenario: Scenario, mutants: readonly Step[]): Entry {
  const steps = [...scenario.devices, ...scenario.steps, ...mutants];
  const before = steps.length - mutants.length;
  const probe: Plan['probe'] = (i) => (i < before ? NOTHING : { ...ALL, files: [] });
  const rest = (at: number): Entry[] => {
    const left = mutants.slice(at + 1 - before);
    return at >= before && left.length > 0 ? [entry(scenario, left)] : [];
  };
  return { scenario, plan: { ...scenario, steps, probe }, rest };
}

function step(seeds: readonly Uint8Array[], chance: Chance): Step {
  let bytes = mutant(seeds, chance);
  while (!isComparable(bytes)) bytes = mutant(seeds, chance);
  const types = messagesOf(bytes).map(({ type }) => type);
  const words = `mutant of ${typeName(types[0] ?? -1)} ${hex(bytes)}`;
  return { bytes, words, settleMs: types.some((type) => type < MSG.NEWADDR) ? SETTLE_MS : 0 };
}

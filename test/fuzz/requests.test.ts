/**
 * fuzz/requests.test.ts - damaged requests: an Endpoint answers any bytes with bytes, and its namespace stays whole.
 *
 * Valid requests of every kind are damaged: those of random scenarios (test/kernel), and the recorded ones where they are
 * here. The damage is seeded and so the same each time; HOPTRIE_FUZZ=1000000 sends that many, HOPTRIE_FUZZ_SEED another
 * sequence. `npm run test:kernel -- --mutants 20000` compares the answers with those of the kernel.
 */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import * as hoptrie from '../../src/index.js';
import { MSG, align4, messagesOf, read32 } from '../kernel/bytes.js';
import { Chance } from '../kernel/chance.js';
import { hoptriePeers, isComplete, type Hoptrie } from '../kernel/hoptrie.js';
import { mutant } from '../kernel/mutate.js';
import { seedRequests } from '../kernel/mutants.js';
import { type Peer } from '../kernel/peer.js';
import { makeScenario } from '../kernel/scenario.js';
import { RECORDED, hex, jsonLines, recordings, toHex } from '../wire/samples.js';

const RUNS = Number(process.env['HOPTRIE_FUZZ'] ?? 5000);
const SEED = Number(process.env['HOPTRIE_FUZZ_SEED'] ?? 1);
/** So many mutants share a namespace; then it is walked, and the next one is made. */
const TOGETHER = 250;

const build = hoptrie as unknown as Partial<Hoptrie>;

/** Every request of the recordings of a folder, each once. */
function recorded(folder: string): string[] {
  const lines = recordings(folder, '.jsonl.gz').flatMap(jsonLines);
  return [...new Set(lines.flatMap(({ req }) => (typeof req === 'string' && req !== '' ? [req] : [])))];
}

/** A namespace with some of everything in it. */
function populated(module: Hoptrie, seed: number): Peer {
  const { socket, start, devices, steps } = makeScenario(seed, 20);
  const peer = hoptriePeers(module)(socket);
  for (const step of [...start, ...devices, ...steps]) {
    if ('path' in step) peer.sysctl(step.path, step.value);
    else peer.request(step.bytes);
  }
  peer.events();
  return peer;
}

/** Whole messages, back to back, and nothing else. */
function assertMessages(datagrams: readonly Uint8Array[]): void {
  for (const datagram of datagrams) {
    const lengths = messagesOf(datagram).map(({ bytes }) => align4(bytes.length));
    const sum = lengths.reduce((all, length) => all + length, 0);
    assert.equal(sum, align4(datagram.length), `not all of ${toHex(datagram)} is messages`);
  }
}

/** True for data, and for an acknowledgement: the request passed every parser. */
const isAccepted = (replies: readonly Uint8Array[]): boolean =>
  replies
    .flatMap(messagesOf)
    .some(({ type, bytes }) => (type === MSG.ERROR ? read32(bytes, 16) === 0 : type !== MSG.DONE));

/** Sends mutants to namespaces, walks each at its end, and counts by message type what was sent and what was accepted. */
function assault(
  module: Hoptrie,
  seeds: readonly Uint8Array[],
): Map<number, { sent: number; accepted: number }> {
  const chance = new Chance(SEED);
  const counts = new Map<number, { sent: number; accepted: number }>();
  for (let done = 0; done < RUNS; done += TOGETHER) {
    const peer = populated(module, SEED + done);
    for (let i = 0; i < Math.min(TOGETHER, RUNS - done); i++) {
      const bytes = mutant(seeds, chance);
      const replies = peer.request(bytes);
      assertMessages([...replies, ...peer.events()]);
      const type = messagesOf(bytes)[0]?.type ?? -1;
      const count = counts.get(type) ?? { sent: 0, accepted: 0 };
      counts.set(type, { sent: count.sent + 1, accepted: count.accepted + Number(isAccepted(replies)) });
      if (i % 10 === 0) peer.advance(40);
    }
    peer.close(); // throws when an invariant is broken, or a block is reached by nothing
  }
  return counts;
}

test.skipIf(!isComplete(build))(
  'any bytes are answered with messages, and leave a namespace whole',
  () => {
    const own = seedRequests(SEED);
    const others = RECORDED ? [...recorded('raw'), ...recorded('state')].map(hex) : [];
    const counts = assault(build as Hoptrie, [...own, ...others]);
    const asked = Object.entries(MSG).filter(([name]) => /^(NEW|DEL|GET)/.test(name));
    for (const [name, type] of asked) {
      assert.ok((counts.get(type)?.accepted ?? 0) > 0, `no mutant of ${name} passed its parser`);
    }
  },
  3_600_000,
);

/**
 * fuzz/wire.test.ts - damaged netlink messages give values or WireErrors, nothing else, and the values encode stably.
 *
 * Valid messages are damaged by flipped bits, cuts, edited lengths, overwritten, repeated and foreign bytes. The damage
 * is seeded and so the same each time; HOPTRIE_FUZZ=1000000 runs that many, HOPTRIE_FUZZ_SEED another sequence.
 */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import {
  FibError,
  WireError,
  changeFromMessage,
  decodeAttrs,
  decodeRoute,
  encodeRoute,
  messages,
  uapi,
} from '../../src/wire/index.js';
import { formatRouteLine, parseRouteText } from '../../src/text/index.js';
import { GOLDEN } from '../wire/golden.js';
import { RECORDED, hex, isRoute, kernelDatagrams, recording } from '../wire/samples.js';

const RUNS = Number(process.env['HOPTRIE_FUZZ'] ?? 50_000);
const SEED = Number(process.env['HOPTRIE_FUZZ_SEED'] ?? 1);

/** A small generator of chance (mulberry32): the same seed, the same damage. */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Valid messages of many shapes: ours, and some of each recording. */
function seeds(): Uint8Array[] {
  const found = GOLDEN.map(({ bytes }) => hex(bytes));
  if (!RECORDED) return found;
  const shapes = new Set<string>();
  const take = (bytes: Uint8Array): void => {
    for (const message of messages(bytes)) {
      const whole = bytes.subarray(message.offset, message.offset + 16 + message.payload.length);
      const route = isRoute(message) ? message.payload.subarray(0, 8).join() : '';
      const shape = `${message.type} ${route} ${whole.length}`;
      if (!shapes.has(shape)) found.push(whole);
      shapes.add(shape);
    }
  };
  for (const [name, bytes] of kernelDatagrams()) if (!name.includes('large')) take(bytes);
  take(recording('lookup/tiny-4-multipath/setup.nl.gz'));
  return found;
}

type Damage = (bytes: Uint8Array, below: (n: number) => number, others: readonly Uint8Array[]) => Uint8Array;

/** Lengths and types at multiples of 4 are what a decoder trusts. */
const DAMAGES: readonly Damage[] = [
  function flipBit(bytes, below) {
    const damaged = bytes.slice();
    const at = below(bytes.length);
    damaged[at] = damaged[at]! ^ (1 << below(8));
    return damaged;
  },
  function cut(bytes, below) {
    return bytes.slice(0, below(bytes.length + 1));
  },
  function editLength(bytes, below) {
    const damaged = bytes.slice();
    const at = 4 * below(Math.ceil(bytes.length / 4));
    damaged[at] = [0, 1, 3, 4, 5, 8, 255, bytes.length - at, bytes.length - at + 1, bytes.length][below(10)]!;
    damaged[at + 1] = below(8) === 0 ? below(256) : 0;
    return damaged;
  },
  function editType(bytes, below) {
    const damaged = bytes.slice();
    damaged[4 * below(Math.ceil(bytes.length / 4)) + 2] = below(34);
    return damaged;
  },
  function overwrite(bytes, below) {
    const damaged = bytes.slice();
    const at = below(bytes.length);
    damaged.fill(below(2) === 0 ? below(256) : 255 * below(2), at, at + 1 + below(8));
    return damaged;
  },
  function splice(bytes, below, others) {
    const other = others[below(others.length)]!;
    const from = 4 * below(Math.ceil(other.length / 4));
    const piece = other.subarray(from, from + 4 * (1 + below(8)));
    const at = 4 * below(Math.ceil(bytes.length / 4));
    return Uint8Array.from([
      ...bytes.subarray(0, at),
      ...piece,
      ...bytes.subarray(at + (below(2) ? piece.length : 0)),
    ]);
  },
  function append(bytes, below, others) {
    return Uint8Array.from([...bytes, ...others[below(others.length)]!.subarray(16 + 12 * below(2))]);
  },
];

/** Makes the message's own length right again, so that the damage is seen by what reads the payload. */
function relength(bytes: Uint8Array): Uint8Array {
  if (bytes.length >= 16) new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, bytes.length, true);
  return bytes;
}

/** What `run` gives; undefined for a refusal, whose offset must lie within `size` bytes. */
function valueOf<T>(run: () => T, size: number): T | undefined {
  try {
    return run();
  } catch (error) {
    assert(error instanceof WireError, String(error));
    assert(Number.isInteger(error.offset) && error.offset >= 0 && error.offset <= size, error.message);
    return undefined;
  }
}

test(`D12 ${RUNS} damaged messages`, () => {
  const valid = seeds();
  const routes = valid.filter((bytes) => bytes[4]! >= uapi.RTM_NEWROUTE && bytes[4]! <= uapi.RTM_GETROUTE);
  const below = chance(SEED);
  const counts = {
    mutants: 0,
    messages: 0,
    reachedDecodeRoute: 0,
    routes: 0,
    refused: 0,
    changes: 0,
    reencoded: 0,
    lines: 0,
  };
  for (let run = 0; run < RUNS; run++) {
    const from = below(5) === 0 ? valid : routes;
    let bytes = from[below(from.length)]!;
    for (let n = 1 + below(3); n > 0; n--) {
      const damage = DAMAGES[below(DAMAGES.length)]!;
      if (bytes.length > 0) bytes = damage(bytes, below, valid);
    }
    if (below(4) > 0) bytes = relength(bytes);
    counts.mutants++;
    valueOf(() => decodeAttrs(bytes), bytes.length);
    const found = valueOf(() => [...messages(bytes)], bytes.length) ?? [];
    for (const message of found) {
      counts.messages++;
      const change = valueOf(() => changeFromMessage(message), bytes.length);
      if (change !== undefined) counts.changes++;
      if (message.type < uapi.RTM_NEWROUTE || message.type > uapi.RTM_GETROUTE) continue;
      counts.reachedDecodeRoute++;
      const route = valueOf(() => decodeRoute(message.payload), message.payload.length);
      if (route === undefined) {
        counts.refused++;
        continue;
      }
      counts.routes++;
      const again = encodeRoute(route);
      assert.deepEqual(decodeRoute(again), route);
      assert.deepEqual(encodeRoute(decodeRoute(again)), again);
      counts.reencoded++;
      try {
        parseRouteText(formatRouteLine(route, undefined, { tables: true, details: true }));
        counts.lines++;
      } catch (error) {
        assert(error instanceof FibError, String(error)); // host bits, a weight of none: no line of `ip route`
      }
    }
  }
  console.log(`seed ${SEED}, ${valid.length} valid messages, ${routes.length} of routes:`, counts);
  assert(counts.reachedDecodeRoute > RUNS / 3, 'most damage is found before a route is read');
  assert(counts.routes > RUNS / 10, 'hardly a route survives');
  assert(counts.refused > RUNS / 50, 'hardly a route is refused');
}, 3_600_000);

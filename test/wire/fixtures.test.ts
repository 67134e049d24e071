/**
 * wire/fixtures.test.ts - every route message that a kernel was recorded to send, decoded and encoded again.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { decodeRoute, encodeRoute } from '../../src/wire/index.js';
import { RECORDED, kernelRoutes, toHex } from './samples.js';

describe.runIf(RECORDED)('recordings', () => {
  test('CFG-73, CFG-88, V6-7 what the kernel wrote encodes to the same bytes', () => {
    const counts = { v4: 0, v6: 0, order: 0 };
    for (const [name, { payload }] of kernelRoutes()) {
      const route = decodeRoute(payload);
      if (route.order !== undefined) counts.order++;
      counts[payload[0] === 2 ? 'v4' : 'v6']++;
      const again = encodeRoute(route);
      if (Buffer.compare(again, payload) !== 0) assert.equal(toHex(again), toHex(payload), name);
    }
    assert(counts.v4 > 200_000 && counts.v6 > 1_500);
    assert(counts.order < 10); // IPv6 groups of one, and an answer that has RTA_PREFSRC twice
  });
});

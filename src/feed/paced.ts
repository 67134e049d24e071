/**
 * feed/paced.ts - a recording told at its own pace.
 */
import { setTimeout } from 'node:timers/promises';
import type { Part, PartSource } from '../model/feed.js';

/** The parts of a source with the pauses that its times tell, `speed` times as fast. */
export function paced(source: PartSource, speed: number): PartSource {
  return {
    get stats() {
      return source.stats;
    },
    parts() {
      const stop = new AbortController();
      const parts = source.parts();
      let beganMs: number | undefined;
      let firstMs = 0;
      const wait = async (part: Part): Promise<void> => {
        if (!('timeMs' in part) || part.timeMs === undefined) return;
        if (beganMs === undefined) {
          beganMs = Date.now();
          firstMs = part.timeMs;
        }
        const ms = beganMs + (part.timeMs - firstMs) / speed - Date.now();
        if (ms > 0) await setTimeout(ms, undefined, { signal: stop.signal }).catch(() => undefined);
      };
      return {
        async next() {
          const step = await parts.next();
          if (step.done !== true) await wait(step.value);
          return stop.signal.aborted ? { done: true, value: undefined } : step;
        },
        async return() {
          stop.abort();
          await parts.return?.();
          return { done: true, value: undefined };
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
}

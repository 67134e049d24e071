/**
 * server/awake.ts - a server that does not fall asleep between two requests of one client.
 *
 * `ip -batch` and `ip route restore` wait for each answer before they ask again, so either end sleeps while the other works,
 * and waking up takes longer than the work. For a moment after a request the loop therefore goes on looking. With one
 * processor that would take it from the client.
 */
import { availableParallelism } from 'node:os';

/** Milliseconds after which nobody is expected any more. */
const MOMENT = 1;

let until = 0;
let isAwake = false;

/** A request has come: another one may. */
export function stayAwake(): void {
  if (availableParallelism() < 2) return;
  until = performance.now() + MOMENT;
  if (isAwake) return;
  isAwake = true;
  setImmediate(look);
}

function look(): void {
  if (performance.now() < until) setImmediate(look);
  else isAwake = false;
}

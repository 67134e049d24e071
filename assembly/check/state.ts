// check/state.ts - S1..S3: the State by itself, what is read before anything else is believed, and what it counts.

import * as abi from "../../src/abi/records";
import {
  BASE,
  MAGIC,
  STATE_BYTES,
  SWITCH,
  VERSION,
  WORDS,
  WORDS_BITS,
  forwarding,
  state,
  switchLink,
} from "../arena";
import { claim, walk, within } from "../claim";
import { M, S } from "./rooms";

const PAGE: u32 = 65536;
/** The first clock that would not count milliseconds one by one. */
const LATEST: f64 = 9007199254740992;
/** Milliseconds that a carrier report is put off at most (src/link/carrier.ts). */
const REPORT_MS: f64 = 1000;

/** S1: what a walk itself stands on. */
export function checkHeader(): u32 {
  const s = state();
  if (s.magic != MAGIC || s.version != VERSION) return S + 1;
  if (s.brk < BASE + STATE_BYTES || s.brk & 3 || <u64>s.brk > (<u64>memory.size()) << 16) return S + 1;
  return s.limit < s.brk || s.limit % PAGE ? S + 1 : 0;
}

/** S2, and the blocks that hang on the State alone. */
export function checkState(): u32 {
  const s = state();
  if (s.unmerged > 1 || s.hasLocals > 1 || s.seed == 0 || forwarding().shape > <u32>abi.FORWARD_DIRECT)
    return S + 2;
  if (forwarding().paused) return S + 2;
  if (s.infoBits > WORDS_BITS || s.idBits > WORDS_BITS) return S + 2;
  if (s.idNext == 0 || s.idNext > (<u32>1) << s.idBits) return S + 2;
  const nextReport = load<f64>(abi.STATE_NEXT_REPORT);
  if (!isTime(s.now) || !isTime(nextReport) || nextReport > s.now + REPORT_MS) return S + 2;
  if (load<u32>(abi.STATE_LAST_DEVICE) > <u32>i32.MAX_VALUE || !areSysctls()) return S + 2;
  if (!claim(WORDS + s.infoBits, s.infoHash) || !claim(WORDS + s.infoBits, s.srcHash)) return M + 4;
  if (!claim(WORDS + s.idBits, s.ids)) return M + 4;
  for (let at = s.leases; at; at = load<usize>(at)) {
    if (!within(at, 8) || load<u32>(at, 4) > WORDS_BITS || !claim(WORDS + load<u32>(at, 4), at)) return M + 4;
  }
  for (let at = load<usize>(switchLink()); at; at = load<usize>(at)) if (!claim(SWITCH, at)) return M + 4;
  return 0;
}

/** S3, when everything was met. */
export function checkCounts(): u32 {
  const w = walk();
  const f = forwarding();
  return w.realms == state().realms &&
    w.tos == f.tosRoutes &&
    w.asleep == f.asleep &&
    w.fine == state().fineRules
    ? 0
    : S + 3;
}

/** True for a clock: whole milliseconds. */
function isTime(ms: f64): bool {
  return ms >= 0 && ms < LATEST && Math.floor(ms) == ms;
}

/** The sysctls of the namespace are what can be written (src/sysctls.ts). */
function areSysctls(): bool {
  const s = state();
  const fields = s.sysctl(abi.SYSCTL_HASH_FIELDS);
  return (
    s.sysctl(abi.SYSCTL_HASH_POLICY) <= 3 &&
    fields >= 1 &&
    fields <= 4095 &&
    s.sysctl(abi.SYSCTL_USE_NEIGH) <= 1 &&
    s.sysctl(abi.SYSCTL_NEXTHOP_COMPAT) <= 1
  );
}

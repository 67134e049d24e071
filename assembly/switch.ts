// switch.ts - sysctls that routing does not ask: values kept for whoever wrote them, one list, the latest first.
//
// What a number names, and what a switch is that nobody wrote, is the facade's (src/sysctls.ts).

import { ENOBUFS } from "../src/abi/uapi";
import { SWITCH, alloc, free, switchLink } from "./arena";

/**
 * A switch.
 *   off  size  field
 *     0     4  next    switch after this one
 *     4     4  owner   index of its device, or SWITCH_OF_*
 *     8     4  number  which of the owner's it is
 *    12     4  value
 */
@unmanaged class Switch {
  next: Switch | null;
  owner: u32;
  number: u32;
  value: i32;
}

/** Bytes of a switch. */
export const SWITCH_SIZE: u32 = 16;
if (offsetof<Switch>() != SWITCH_SIZE) ERROR("Switch: the table is stale");

/** Address of a switch's value, 0 = nobody wrote it. O(switches). */
export function switchFind(owner: u32, number: u32): usize {
  let s = load<Switch | null>(switchLink());
  while (s != null && (s.owner != owner || s.number != number)) s = s.next;
  return s == null ? 0 : changetype<usize>(s) + offsetof<Switch>("value");
}

/** Writes a switch. 0 or -ENOBUFS. O(switches). */
export function switchSet(owner: u32, number: u32, value: i32): i32 {
  let at = switchFind(owner, number);
  if (!at) {
    const s = changetype<Switch | null>(alloc(SWITCH, SWITCH_SIZE));
    if (s == null) return -ENOBUFS;
    s.next = load<Switch | null>(switchLink());
    s.owner = owner;
    s.number = number;
    store<Switch>(switchLink(), s);
    at = changetype<usize>(s) + offsetof<Switch>("value");
  }
  store<i32>(at, value);
  return 0;
}

/** Forgets the switches of an owner that goes. O(switches). */
export function switchesDrop(owner: u32): void {
  let link = switchLink();
  for (let s = load<Switch | null>(link); s != null; s = load<Switch | null>(link)) {
    if (s.owner != owner) {
      link = changetype<usize>(s);
      continue;
    }
    store<Switch | null>(link, s.next);
    free(SWITCH, changetype<usize>(s));
  }
}

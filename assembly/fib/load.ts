// fib/load.ts - many routes in one call: records back to back, as a dump or a datagram holds them, or rows of columns
// that say for each prefix which of a few routes it takes.

import { ENOBUFS } from "../../src/abi/uapi";
import { state, word } from "../arena";
import { Flow, Result, RouteRecord } from "../record";
import { routeCreate } from "./create";
import { infoById, infoIntern, infoPut } from "./info";
import { insertInfo, routeAdd, tableFind } from "./table";

/**
 * Adds the routes of n records by the netlink flags; with `isChecked` only those that pass the kernel's checks. Each
 * record learns how it went: `refs` is what `routeAdd` gives, `id` of a refused one is the reason. What is believed ends
 * where there is no memory: the source told the routes behind it after this one.
 */
export function recordsAdd<K>(
  at: usize,
  n: u32,
  flags: u32,
  isChecked: bool,
  flow: Flow,
  result: Result,
): void {
  for (; n > 0; n--) {
    const r = changetype<RouteRecord>(at);
    const done = isChecked ? routeCreate<K>(r, flags, flow, result) : routeAdd<K>(r, flags);
    r.refs = done;
    if (done < 0) r.id = state().reason;
    if (done == -ENOBUFS && !isChecked) return;
    at = changetype<usize>(r.nexthop(r.count)); // where its nexthops end
  }
}

/**
 * Adds n rows by the netlink flags. Row i is the prefix addresses[i]/lengths[i] with all else as in the record at
 * records[kinds[i]], of which there are `count`; they have passed the checks. How many were added, the rest was there;
 * or -ENOBUFS, and the rows before are added. An info is looked for once in a call, not once in a row.
 */
export function rowsAdd<K>(
  addresses: usize,
  lengths: usize,
  kinds: usize,
  n: u32,
  records: usize,
  count: u32,
  flags: u32,
): i32 {
  for (let k: u32 = 0; k < count; k++) load<RouteRecord>(word(records, k)).id = 0;
  let added: i32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const r = load<RouteRecord>(word(records, load<u32>(word(kinds, i))));
    store<u32>(r.dst, load<u32>(word(addresses, i)));
    r.dstLen = load<u8>(lengths + i);
    const done = rowAdd<K>(r, flags);
    if (done > 0) added++;
    if (done == -ENOBUFS) {
      added = -ENOBUFS;
      break;
    }
  }
  for (let k: u32 = 0; k < count; k++) {
    const fi = infoById(load<RouteRecord>(word(records, k)).id);
    if (fi != null) infoPut(fi);
  }
  return added;
}

/** Adds one row; the record keeps a reference to its info, by id, for the next. */
function rowAdd<K>(r: RouteRecord, flags: u32): i32 {
  const t = tableFind(r.table);
  if (t == null) {
    const done = routeAdd<K>(r, flags); // the first route of a table makes it
    r.id = 0;
    return done;
  }
  let fi = infoById(r.id);
  if (fi == null) {
    fi = infoIntern(r);
    if (fi == null) return -ENOBUFS;
    r.id = fi.id;
  }
  fi.refs++;
  return insertInfo<K>(t, r, fi, flags);
}

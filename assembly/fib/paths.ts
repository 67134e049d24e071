// fib/paths.ts - which path each row of a block takes: from its fib info alone, whose id the row has.
//
// Rows whose info leaves no choice are done first. The others are hashed, those of one protocol after each other since
// their hashes begin alike, and then spread over their paths: three loops, because a processor that runs ahead in one of
// them must not stumble over the jumps of another.

import * as abi from "../../src/abi/records";
import { Columns, addressOf, byteOf, idAt, pathAt, portOf, wordOf } from "../record";
import { within8, within32 } from "../rule/rows";
import { HASH_KEPT } from "./hash";
import { Info, infoById } from "./info";
import { pathOf, rejection } from "./lookup";
import { hashLike, spread } from "./select";

if (HASH_KEPT + 4 * abi.FLOWS_BLOCK > abi.FLOWS_BYTES - abi.FLOWS_ROOM) ERROR("FLOWS_ROOM is too small");

/** Writes the path of each row that has an id (FIB-95..106). */
export function choosePaths(c: Columns, from: u32, rows: u64): void {
  let several: u64 = 0;
  for (let rest = rows; rest; rest &= rest - 1) {
    const i = <u32>ctz(rest);
    const path = onlyPath(infoById(load<u32>(idAt(c, from + i)))!);
    several |= (<u64>(path < 0)) << i;
    store<u16>(pathAt(c, from + i), <u16>path);
  }
  if (!several) return;
  const bound = c.oif ? several & ~within32(c.oif, from, 0xffffffff, 0, 0) : 0;
  for (let rest = bound; rest; rest &= rest - 1) {
    const row = from + <u32>ctz(rest);
    const fi = infoById(load<u32>(idAt(c, row)))!;
    store<u16>(pathAt(c, row), <u16>pathOf(fi, wordOf(c.oif, row), false));
  }
  hash(c, from, several & ~bound);
  for (let rest = several & ~bound; rest; rest &= rest - 1) {
    const i = <u32>ctz(rest);
    const row = from + i;
    const fi = infoById(load<u32>(idAt(c, row)))!;
    const source = wordOf(c.iif, row) ? 0 : addressOf(c, c.src, row);
    store<u16>(pathAt(c, row), <u16>spread(fi, pathOf(fi, 0, false), load<u32>(hashAt(c, i)), source));
  }
}

/** The path of an info that has no choice, -1 for those that have one. */
// @ts-ignore: decorator
@inline function onlyPath(fi: Info): i32 {
  if (rejection(fi)) return abi.FLOWS_NO_PATH;
  return fi.paths < 2 ? 0 : -1;
}

/** Where the hash of the i-th row of a block goes. */
// @ts-ignore: decorator
@inline function hashAt(c: Columns, i: u32): usize {
  return c.room + <usize>HASH_KEPT + ((<usize>i) << 2);
}

/** Writes the hashes of rows. */
function hash(c: Columns, from: u32, rows: u64): void {
  for (let rest = rows; rest;) {
    const proto = byteOf(c.ipproto, from + <u32>ctz(rest));
    const like = c.ipproto ? rest & within8(c.ipproto, from, 0xff, proto) : rest;
    let isKept = false;
    for (let some = like; some; some &= some - 1) {
      const i = <u32>ctz(some);
      const row = from + i;
      const src = addressOf(c, c.src, row);
      const dst = addressOf(c, c.dst, row);
      const sport = portOf(c, c.sport, row);
      const h = hashLike(c.form, src, dst, proto, sport, portOf(c, c.dport, row), c.room, isKept);
      store<u32>(hashAt(c, i), h);
      isKept = true;
    }
    rest &= ~like;
  }
}

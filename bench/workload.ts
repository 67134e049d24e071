/**
 * bench/workload.ts - what is measured on, as files: one folder that every process of a run reads, in whatever language.
 *
 *   addresses.bin  u32 each     lengths.bin  u8     nexthops.bin  u16     a table in columns
 *   uniform.bin, inside.bin, zipf.bin, sequential.bin                    u32 each: the traces
 *   routes.bin     the table as `ip route save` writes it
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRoute, encodeRouteSave, uapi, type NlMsgInit } from 'hoptrie/wire';
import { nexthopCount, nexthopRoutes } from './engine.js';
import { readPrefixes } from './fit.js';
import { projectPath } from './machine.js';
import { DEFAULT_NEXTHOPS, DEFAULT_SEED, generateTable, nexthopOf, type Table } from './table.js';
import { prefixText } from './subject.js';
import { TRACES, makeTrace, type TraceName } from './trace.js';

/** Where a real table lies when there is one beside the sources (data/README.md there says what it is). */
export const REAL_TABLE = projectPath('../shared/data/prefixes.txt.gz');

/** The prefixes of a file, with next hops by the rule of generated tables. */
function realTable(file: string, nexthops = DEFAULT_NEXTHOPS): Table {
  const { addresses, lengths } = readPrefixes(file);
  return {
    addresses,
    lengths,
    nexthops: Uint16Array.from(addresses, (address, i) => nexthopOf(address, lengths[i]!, nexthops)),
  };
}

/** A table from a file, or a generated one of so many prefixes. */
export function tableOf(source: string | number, seed = DEFAULT_SEED): Table {
  return typeof source === 'string' ? realTable(source) : generateTable({ prefixes: source, seed });
}

/** Family of the routes: AF_INET. */
const INET = 2;

/** The table as the bytes of `ip route save`, in the order of its rows. */
export function encodeTable(table: Table): Uint8Array {
  const routes = nexthopRoutes(nexthopCount(table));
  function* messages(): Generator<NlMsgInit> {
    for (let i = 0; i < table.addresses.length; i++) {
      const { via, oif, protocol } = routes[table.nexthops[i]!]!;
      const payload = encodeRoute({
        family: INET,
        dst: prefixText(table.addresses[i]!, table.lengths[i]!),
        type: 'unicast',
        table: uapi.RT_TABLE_MAIN,
        tos: 0,
        metric: 0,
        protocol,
        scope: uapi.RT_SCOPE_UNIVERSE,
        flags: 0,
        nexthops: [{ via, oif, flags: uapi.RTNH_F_ONLINK }],
      });
      yield { type: uapi.RTM_NEWROUTE, flags: uapi.NLM_F_MULTI, payload };
    }
  }
  return encodeRouteSave(messages());
}

/** Bytes of a datagram to an Endpoint. */
const DATAGRAM = 1 << 15;
/** Bytes of the magic of a dump; where length and flags stand in a message. */
const MAGIC_BYTES = 4;
const [LENGTH, FLAGS] = [0, 6];

/** The messages of a dump as requests, in datagrams. */
export function requestsOf(dump: Uint8Array): Uint8Array[] {
  const bytes = dump.slice(MAGIC_BYTES);
  const view = new DataView(bytes.buffer);
  const datagrams: Uint8Array[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    view.setUint16(at + FLAGS, uapi.NLM_F_REQUEST | uapi.NLM_F_CREATE, true);
    at += (view.getUint32(at + LENGTH, true) + 3) & ~3;
    if (at - from < DATAGRAM && at < bytes.length) continue;
    datagrams.push(bytes.subarray(from, at));
    from = at;
  }
  return datagrams;
}

const path = (folder: string, name: string): string => join(folder, `${name}.bin`);

function write(folder: string, name: string, rows: Uint8Array | Uint16Array | Uint32Array): void {
  writeFileSync(path(folder, name), new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
}

/** Writes a table, its dump and traces of `rows` destinations into an empty folder. */
export function writeWorkload(folder: string, table: Table, rows: number, seed = DEFAULT_SEED): void {
  write(folder, 'addresses', table.addresses);
  write(folder, 'lengths', table.lengths);
  write(folder, 'nexthops', table.nexthops);
  for (const trace of TRACES) write(folder, trace, makeTrace(trace, table, rows, seed));
  write(folder, 'routes', encodeTable(table));
}

/** A file's bytes in memory of their own, so that words are aligned. */
function read(folder: string, name: string): ArrayBuffer {
  return new Uint8Array(readFileSync(path(folder, name))).buffer;
}

export function readTable(folder: string): Table {
  return {
    addresses: new Uint32Array(read(folder, 'addresses')),
    lengths: new Uint8Array(read(folder, 'lengths')),
    nexthops: new Uint16Array(read(folder, 'nexthops')),
  };
}

export function readTrace(folder: string, trace: TraceName): Uint32Array {
  return new Uint32Array(read(folder, trace));
}

export function readDump(folder: string): Uint8Array {
  return new Uint8Array(read(folder, 'routes'));
}

/**
 * test/bench/workload.test.ts - the files of a run: a table comes back as it was, and its dump means the same.
 */
import { Endpoint } from 'hoptrie';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createNetns, fillNetns } from '../../bench/engine.js';
import { generateTable, nexthopOf } from '../../bench/table.js';
import { TRACES, makeTrace } from '../../bench/trace.js';
import {
  encodeTable,
  readDump,
  readTable,
  readTrace,
  requestsOf,
  tableOf,
  writeWorkload,
} from '../../bench/workload.js';

const folder = mkdtempSync(join(tmpdir(), 'hoptrie-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('what is written is read', () => {
  const table = generateTable({ prefixes: 3000 });
  writeWorkload(folder, table, 100);
  expect(readTable(folder)).toEqual(table);
  for (const trace of TRACES) expect(readTrace(folder, trace)).toEqual(makeTrace(trace, table, 100));
  expect(readDump(folder)).toEqual(encodeTable(table));
});

test('a dump of the table fills a Netns through both doors as single routes do', () => {
  const table = generateTable({ prefixes: 3000 });
  const dump = encodeTable(table);
  using single = createNetns();
  fillNetns(single, table);
  using believed = createNetns();
  expect(believed.applyDump(dump).applied).toBe(3000);
  using checked = createNetns();
  const endpoint = new Endpoint(checked);
  for (const datagram of requestsOf(dump)) expect(endpoint.request(datagram)).toEqual([]);
  expect(believed.route.list()).toEqual(single.route.list());
  expect(checked.route.list()).toEqual(single.route.list());
});

test('a table comes from a file, next hops by rule, or is generated', () => {
  const file = join(folder, 'prefixes.txt');
  writeFileSync(file, '192.0.2.0/24\n2001:db8::/32\n10.0.0.0/8\n');
  const { addresses, lengths, nexthops } = tableOf(file);
  expect([...addresses]).toEqual([0x0a000000, 0xc0000200]);
  expect([...lengths]).toEqual([8, 24]);
  expect([...nexthops]).toEqual([nexthopOf(0x0a000000, 8, 256), nexthopOf(0xc0000200, 24, 256)]);
  expect(tableOf(10)).toEqual(generateTable({ prefixes: 10 }));
});

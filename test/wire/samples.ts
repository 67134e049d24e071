/**
 * wire/samples.ts - recorded netlink bytes for tests: where they lie, and how to take messages from them.
 *
 * The recordings stand beside the repository; without them the tests that compare with them say so and pass over.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { messages, uapi } from '../../src/wire/index.js';
import type { NlMsg } from '../../src/wire/index.js';

/** Folder of the recordings. */
export const FIXTURES = fileURLToPath(new URL('../../../shared/fixtures/', import.meta.url));

/** Whether they are here; tests that need them run under it. */
export const RECORDED = existsSync(FIXTURES);
if (!RECORDED) console.warn(`no recordings in ${FIXTURES}: comparisons with them are left out`);

/** Bytes of a recording, unpacked when packed. */
export function recording(path: string): Uint8Array {
  const bytes = readFileSync(FIXTURES + path);
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

/** Files of a folder of recordings, sorted, as paths for `recording`. */
export function recordings(folder: string, end = ''): string[] {
  return readdirSync(FIXTURES + folder)
    .filter((name) => name.endsWith(end))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** The objects of a file with one JSON text a line. */
export function jsonLines(path: string): Record<string, unknown>[] {
  return Buffer.from(recording(path))
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Bytes from hexadecimal text; spaces, brackets, bars and commas are for the reader. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/[\s[\]|,]/g, ''), 'hex'));
}

/** Hexadecimal text of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function isRoute(message: NlMsg): boolean {
  const { type, payload } = message;
  return (type === uapi.RTM_NEWROUTE || type === uapi.RTM_DELROUTE) && payload.length >= uapi.AF_INET6;
}

/** Every datagram of a recording of one folder that the kernel sent, with a name for messages. */
export function* kernelDatagrams(): Generator<[name: string, bytes: Uint8Array]> {
  for (const path of recordings('raw', '.bin')) {
    const bytes = recording(path);
    yield [path, path.includes('-save') ? bytes.subarray(4) : bytes];
  }
  for (const folder of recordings('lookup')) yield [folder, recording(`${folder}/routes.nl.gz`)];
  for (const path of [...recordings('raw', '.jsonl.gz'), ...recordings('state', '.jsonl.gz')]) {
    if (path.includes('fiblookup')) continue; // no nlmsg types there
    for (const line of jsonLines(path)) {
      for (const key of ['resp', 'events', 'data']) {
        const value = line[key] ?? [];
        for (const text of Array.isArray(value) ? value : [value]) yield [path, hex(text as string)];
      }
    }
  }
}

/** The route messages among what the kernel sent. */
export function* kernelRoutes(): Generator<[name: string, message: NlMsg]> {
  for (const [name, bytes] of kernelDatagrams()) {
    for (const message of messages(bytes)) if (isRoute(message)) yield [name, message];
  }
}

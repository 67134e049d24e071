/**
 * cli/source.ts - a file of routes: what it is, and a Netns with what it says.
 *
 *   1f 8b            gzip: unpacked first
 *   89 48 4f 50      a snapshot of hoptrie
 *   24 12 31 45      `ip route save`
 *   [                `ip -j route`
 *   a NUL byte       netlink messages, as a capture of a dump has them
 *   anything else    `ip route show`
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Netns, type Change, type Route } from 'hoptrie';
import { parseRouteJson, parseRouteText } from 'hoptrie/text';
import { ROUTE_SAVE_MAGIC, dumpChanges, messages, routeSaveMessages } from 'hoptrie/wire';
import { Failure, asFailure } from './failure.js';
import { Progress } from './progress.js';

/** The forms of a file, each by the command that writes it. */
export type Format =
  'ip route save' | 'netlink messages' | 'ip -j route' | 'ip route show' | 'hoptrie snapshot save';

/** A file that was read. */
export interface Source {
  readonly file: string;
  readonly format: Format;
  readonly isCompressed: boolean;
  /** Unpacked size. */
  readonly sizeBytes: number;
  /** Changes that it holds, when that is known without reading it to the end. */
  readonly length: number;
  /** Undefined for a message that says nothing about routes or links. */
  readonly changes: Iterable<Change | undefined>;
  /** The bytes of a snapshot, which has no changes. */
  readonly snapshot?: Uint8Array;
}

/** What became of a source. */
export interface Loaded {
  readonly ns: Netns;
  readonly routes: number;
  /** Routes of other families than IPv4. */
  readonly otherFamilies: number;
  /** Changes that said what was known already. */
  readonly repeated: number;
  /** Messages about something else. */
  readonly passedOver: number;
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw asFailure(error, `cannot read ${file}`);
  }
}

function unpack(file: string, bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new Failure(`${file}: damaged gzip data: ${(error as Error).message}`);
  }
}

/** What a file is, by how it starts. */
function detectFormat(bytes: Uint8Array): Format {
  const head = bytes.subarray(0, 4096);
  if (bytes.length >= 4) {
    const magic = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    // Files of the same family (addresses, rules, other byte order) go the same way: the reader names them.
    if (magic === SNAPSHOT_MAGIC) return 'hoptrie snapshot save';
    if (magic === ROUTE_SAVE_MAGIC || (magic >>> 24 === 0x45 && head.includes(0))) return 'ip route save';
    if (SAVE_LIKE.has(magic)) return 'ip route save';
  }
  if (head.includes(0)) return 'netlink messages';
  const text = new TextDecoder().decode(head).trimStart();
  return text.startsWith('[') ? 'ip -j route' : 'ip route show';
}

/** How a snapshot begins. */
const SNAPSHOT_MAGIC = 0x504f4889;

/** Magics of `ip address save`, `ip rule save`, and of a big-endian host's `ip route save`. */
const SAVE_LIKE = new Set([0x47361222, 0x71706986, 0x24123145]);

/** A file's routes, to be read one by one. */
export function openSource(file: string): Source {
  const packed = readBytes(file);
  const isCompressed = packed[0] === 0x1f && packed[1] === 0x8b;
  const bytes = isCompressed ? unpack(file, packed) : packed;
  if (bytes.length === 0) throw new Failure(`${file}: the file is empty`, 1, FORMATS_HINT);
  const format = detectFormat(bytes);
  const common = { file, format, isCompressed, sizeBytes: bytes.length };
  if (format === 'hoptrie snapshot save') return { ...common, length: 0, changes: [], snapshot: bytes };
  try {
    if (format === 'ip route save' || format === 'netlink messages') {
      const all = format === 'ip route save' ? routeSaveMessages(bytes) : messages(bytes);
      let length = 0;
      for (const _ of all) length++;
      return { ...common, length, changes: dumpChanges(bytes) };
    }
    const text = bytes.toString('utf8');
    const routes = format === 'ip -j route' ? parseRouteJson(text) : parseRouteText(text);
    return { ...common, length: routes.length, changes: routes.map(asChange) };
  } catch (error) {
    throw unreadable(file, format, error);
  }
}

const FORMATS_HINT =
  'expected the output of `ip route save`, `ip -j route`, `ip route show` or `hoptrie snapshot`, plain or gzip';

function unreadable(file: string, format: Format, error: unknown): Failure {
  const { message } = asFailure(error);
  return new Failure(`${file}: read as \`${format}\`: ${message}`, 1, FORMATS_HINT);
}

function asChange(route: Route): Change {
  return { kind: 'route', op: 'append', route };
}

/** Changes between two reports of progress. */
const STEP = 4096;

type Visit = (route: Route) => void;

/** A Netns with what a file says. */
export function openNetns(file: string): Netns {
  return loadSource(openSource(file), new Progress()).ns;
}

/** Puts a source into a fresh Netns; `visit` sees each IPv4 route and each other one as well. */
export function loadSource(source: Source, progress: Progress, visit?: Visit): Loaded {
  return source.snapshot === undefined
    ? loadChanges(source, progress, visit)
    : loadSnapshot(source, source.snapshot, visit);
}

function loadSnapshot(source: Source, bytes: Uint8Array, visit?: Visit): Loaded {
  let ns: Netns;
  try {
    ns = Netns.load(bytes);
  } catch (error) {
    throw unreadable(source.file, source.format, error);
  }
  if (visit !== undefined) for (const route of ns.route.each()) visit(route);
  return { ns, routes: ns.stats().routes, otherFamilies: 0, repeated: 0, passedOver: 0 };
}

function loadChanges(source: Source, progress: Progress, visit: Visit = () => undefined): Loaded {
  const ns = Netns.create();
  const loaded = { ns, routes: 0, otherFamilies: 0, repeated: 0, passedOver: 0 };
  let done = 0;
  progress.start(`loading ${source.file}`, source.length);
  try {
    for (const change of source.changes) {
      if (++done % STEP === 0) progress.update(done);
      if (change?.kind === 'route') visit(change.route);
      if (change === undefined) loaded.passedOver++;
      else if (change.kind === 'route' && change.route.family !== AF_INET) loaded.otherFamilies++;
      else if (!ns.apply(change)) loaded.repeated++;
      else if (change.kind === 'route') loaded.routes++;
    }
  } catch (error) {
    throw unreadable(source.file, source.format, error);
  } finally {
    progress.stop();
  }
  return loaded;
}

const AF_INET = 2;

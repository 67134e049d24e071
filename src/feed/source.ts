/**
 * feed/source.ts - where bytes come from: a path, a stream, bytes. What is packed with gzip is unpacked.
 */
import { createReadStream } from 'node:fs';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FibError, WireError } from '../errors.js';
import type { Counts } from './feed.js';

/** The path of a file or a pipe, a stream of bytes, or the bytes. */
export type Source = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Pieces of a source: its first bytes, so many at least as were asked for if it has them, and all of it. */
export interface Opened {
  readonly head: Uint8Array;
  readonly chunks: AsyncIterable<Uint8Array>;
}

const GZIP = [0x1f, 0x8b];
const BZIP2 = [0x42, 0x5a, 0x68];
/** Bytes of a file that are read at once. */
const READ_BYTES = 1 << 18;

/**
 * Opens a source and looks at its first bytes.
 * @throws {FibError} EINVAL what is no source; EOPNOTSUPP packed with bzip2
 * @throws the error of the file system
 */
export async function openSource(
  source: Source,
  signal: AbortSignal,
  counts: Counts,
  headBytes = 4,
): Promise<Opened> {
  const plain = await peek(counted(untilAborted(rawChunks(source), signal), counts), headBytes);
  if (startsWith(plain.head, BZIP2)) {
    throw new FibError('EOPNOTSUPP', 'feed', { detail: 'packed with bzip2: unpack it with bunzip2 first' });
  }
  if (!startsWith(plain.head, GZIP)) return plain;
  return peek(unpacked(plain.chunks), headBytes);
}

function rawChunks(source: Source): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof source === 'string') return createReadStream(source, { highWaterMark: READ_BYTES });
  if (source instanceof Uint8Array) return [source];
  if (typeof source === 'object' && (Symbol.asyncIterator in source || Symbol.iterator in source))
    return source;
  throw new FibError('EINVAL', 'feed', {
    detail: `source: expected a path, a stream or bytes, got ${typeof source}`,
  });
}

/** Goes through a source until the signal says stop, even while it waits; then lets go of it. */
async function* untilAborted(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inner = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    for (;;) {
      const next = Promise.resolve(inner.next());
      next.catch(() => undefined); // it is told below, unless nobody waits for it any more
      const step = await Promise.race([next, aborted]);
      if (step === undefined || signal.aborted || step.done === true) return;
      if (!(step.value instanceof Uint8Array)) {
        throw new FibError('EINVAL', 'feed', { detail: 'source: expected a stream of bytes' });
      }
      if (step.value.length > 0) yield step.value;
    }
  } finally {
    if (chunks instanceof Readable) chunks.destroy();
    else void Promise.resolve(inner.return?.()).catch(() => undefined);
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  counts: Counts,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    counts.bytes += chunk.length;
    yield chunk;
  }
}

/** Takes the first bytes of a stream, and puts them back. */
async function peek(chunks: AsyncIterable<Uint8Array>, headBytes: number): Promise<Opened> {
  const inner = chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const step = await inner.next();
    if (step.done === true) break;
    held.push(step.value);
    length += step.value.length;
  }
  return { head: Buffer.concat(held).subarray(0, headBytes), chunks: rejoined(held, inner) };
}

async function* rejoined(
  held: readonly Uint8Array[],
  inner: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* held;
  try {
    for (let step = await inner.next(); step.done !== true; step = await inner.next()) yield step.value;
  } finally {
    await inner.return?.();
  }
}

/** @throws {WireError} damaged gzip data, with how far it was read */
async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip();
  const packed = Readable.from(chunks);
  pipeline(packed, gunzip, () => undefined); // errors come out of gunzip below
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') !== true) throw error;
    throw new WireError(`damaged gzip data (${message})`, gunzip.bytesWritten);
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => head[i] === byte);
}

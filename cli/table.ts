/**
 * cli/table.ts - `hoptrie table`: a list of prefixes with values, asked for addresses, or put beside each line of a stream.
 */
import { createReadStream, statSync } from 'node:fs';
import { once } from 'node:events';
import { isatty } from 'node:tty';
import { createGunzip } from 'node:zlib';
import type { Command } from 'commander';
import { FibError, PrefixTable } from 'hoptrie/table';
import { STATUS_REFUSED, asFailure, usage } from './failure.js';
import { jsonOption, whole } from './options.js';
import { bytes, columns, count, print, printJson, style } from './print.js';
import { Progress } from './progress.js';

interface TableCommand {
  readonly csv?: true;
  readonly prefix: string;
  readonly value: string;
  readonly field: number;
  readonly miss: string;
  readonly match?: true;
  readonly json?: true;
}

/** Bytes that are read at a time. */
const READ = 1 << 18;
/** Lines of a batch. */
const LINES = 1 << 14;
/** Prefixes up to which a table is drawn. */
const DRAWN = 200;
/** What stands beside a line that has no address. */
const NO_ADDRESS = '?';

/** The table that a file says; gzip is unpacked. */
async function readTable(file: string, options: TableCommand): Promise<PrefixTable<string>> {
  const table = new PrefixTable<string>();
  const progress = new Progress();
  try {
    const size = file === '-' ? 0 : statSync(file).size;
    const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: READ });
    progress.start(`reading ${file}`, size);
    const unpacked = file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream;
    stream.on('error', (error: Error) => unpacked.destroy(error));
    const onProgress = (read: number): void => {
      progress.update(Math.min(size, file.endsWith('.gz') ? stream.bytesRead : read));
    };
    const same = (text: string): string => text;
    if (options.csv) {
      const { prefix, value } = options;
      await table.importCsv(unpacked, same, { prefix: column(prefix), value: column(value), onProgress });
    } else await table.importText(unpacked, same, { onProgress });
    return table;
  } catch (error) {
    throw asFailure(error, file);
  } finally {
    progress.stop();
  }
}

/** A column by number, or by name. */
function column(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) - 1 : text;
}

/** Asks for the addresses of the command line. */
function askEach(table: PrefixTable<string>, addresses: readonly string[], options: TableCommand): void {
  const matches = addresses.map((address) => table.match(address));
  if (options.json) {
    printJson(addresses.map((address, i) => ({ address, ...(matches[i] ?? { prefix: null, value: null }) })));
  } else {
    print(
      columns(
        addresses.map((address, i) => [
          address,
          matches[i]?.prefix ?? '',
          matches[i]?.value ?? style('yellow', options.miss),
        ]),
      ),
    );
  }
  if (matches.includes(undefined)) process.exitCode = STATUS_REFUSED;
}

/** What is in the table: figures, and a drawing of a small one. */
function describe(table: PrefixTable<string>, file: string, options: TableCommand): void {
  const { size4, size6 } = table;
  const stats = table.stats();
  if (options.json) return printJson({ file, size4, size6, ...stats });
  print(
    `${file}: ${count(size4)} IPv4 and ${count(size6)} IPv6 prefixes, ${count(stats.values)} different values, ${bytes(stats.bytes)}`,
  );
  if (table.size <= DRAWN) print(table.toString());
}

/** Bytes that grow as they must. */
class Bytes {
  all = Buffer.allocUnsafe(READ);
  length = 0;

  /** Appends from[begin, end). Lines are short: a loop is quicker than a call for each. */
  push(from: Uint8Array, begin: number, end: number): void {
    const length = this.length + end - begin;
    if (length > this.all.length) this.all = Buffer.concat([this.all], 2 * length);
    const { all } = this;
    for (let i = begin, to = this.length; i < end; i++) all[to++] = from[i]!;
    this.length = length;
  }
}

/** Lines on their way from a stream to standard output, with what the table says of their addresses. */
class Annotator {
  readonly #table: PrefixTable<string>;
  readonly #options: TableCommand;
  /** The addresses of the lines that wait, one behind the other. */
  readonly #addresses = new Bytes();
  readonly #offsets = new Int32Array(LINES + 1);
  readonly #ids = new Uint32Array(LINES);
  /** Where each line ends in the piece that they are of; the first one begins at `#from`. */
  readonly #ends = new Uint32Array(LINES);
  #from = 0;
  #count = 0;
  /** What follows a line, by id. */
  readonly #tails: Buffer[] = [];

  constructor(table: PrefixTable<string>, options: TableCommand) {
    this.#table = table;
    this.#options = options;
    this.#tails[0] = this.#tail('', options.miss);
  }

  /** The whole lines of a piece with their answers, some thousands at a time; gives how far it came. */
  *annotate(piece: Buffer): Generator<Buffer, number, undefined> {
    let from = (this.#from = 0);
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      this.#add(piece, from, end);
      from = end + 1;
      if (this.#count === LINES) yield this.#take(piece);
    }
    if (this.#count > 0) yield this.#take(piece);
    return from;
  }

  #add(piece: Buffer, from: number, end: number): void {
    this.#ends[this.#count++] = end;
    let at = from;
    for (let left = this.#options.field; ; left--) {
      while (at < end && piece[at]! <= SPACE) at++;
      const begin = at;
      while (at < end && piece[at]! > SPACE) at++;
      if (left === 1) this.#addresses.push(piece, begin, at);
      if (left === 1 || at === end) break;
    }
    this.#offsets[this.#count] = this.#addresses.length;
  }

  /** The lines that wait, with their answers. */
  #take(piece: Buffer): Buffer {
    const chunk = { length: this.#count, values: this.#addresses.all, valueOffsets: this.#offsets };
    this.#table.lookupBatch(chunk, this.#ids, { invalid: INVALID });
    const out = new Bytes();
    for (let i = 0; i < this.#count; i++) {
      const end = this.#ends[i]!;
      out.push(piece, this.#from, end);
      const tail = this.#options.match ? this.#match(i) : this.#tailOf(this.#ids[i]!);
      out.push(tail, 0, tail.length);
      this.#from = end + 1;
    }
    this.#count = this.#addresses.length = 0;
    return out.all.subarray(0, out.length);
  }

  #tailOf(id: number): Buffer {
    return (this.#tails[id] ??= this.#tail('', id === INVALID ? NO_ADDRESS : this.#table.value(id)!));
  }

  #match(i: number): Buffer {
    const id = this.#ids[i]!;
    if (id === 0 || id === INVALID) return this.#tailOf(id);
    const address = this.#addresses.all.toString('latin1', this.#offsets[i], this.#offsets[i + 1]);
    const { prefix, value } = this.#table.match(address)!;
    return this.#tail(prefix, value);
  }

  #tail(prefix: string, value: string): Buffer {
    return Buffer.from(this.#options.match ? `\t${prefix}\t${value}\n` : `\t${value}\n`);
  }
}

/** Its descriptor. `process.stdin` stays unasked: it would make it one that does not wait (EAGAIN). */
const STDIN = 0;

/** More than any id. */
const INVALID = 0x7fffffff;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/** Puts answers beside the lines of standard input, no faster than they are read. */
async function annotate(table: PrefixTable<string>, options: TableCommand): Promise<void> {
  const annotator = new Annotator(table, options);
  /** Writes what comes of the whole lines of a piece; what is left of it. */
  const pass = async (piece: Buffer): Promise<Buffer> => {
    const lines = annotator.annotate(piece);
    for (let step = lines.next(); ; step = lines.next()) {
      if (step.done === true) return piece.subarray(step.value);
      if (!process.stdout.write(step.value)) await once(process.stdout, 'drain');
    }
  };
  let rest: Buffer = Buffer.alloc(0);
  const input = createReadStream('', {
    fd: STDIN,
    autoClose: false,
    highWaterMark: READ,
  }) as AsyncIterable<Buffer>;
  for await (const piece of input)
    rest = await pass(rest.length === 0 ? piece : Buffer.concat([rest, piece]));
  if (rest.length > 0) await pass(Buffer.concat([rest, Buffer.of(NEWLINE)]));
}

async function table(file: string, addresses: readonly string[], options: TableCommand): Promise<void> {
  const probe = new PrefixTable<string>();
  for (const address of addresses) {
    try {
      probe.lookup(address); // a mistake in the last one is told before the file is read
    } catch (error) {
      throw error instanceof FibError ? usage(error.message) : error;
    }
  }
  if (file === '-' && addresses.length === 0)
    throw usage('the prefixes come from standard input, so addresses must be arguments');
  const read = await readTable(file, options);
  if (addresses.length > 0) askEach(read, addresses, options);
  else if (isatty(STDIN) || options.json) describe(read, file, options);
  else await annotate(read, options);
}

/** Adds the verb to the program. */
export function addTable(program: Command): void {
  program
    .command('table')
    .summary('a list of prefixes with values, asked for addresses')
    .description(
      'Looks up addresses in a list of prefixes: one or a line `prefix value`, or CSV; IPv4 and IPv6; gzip is unpacked. Without\naddresses each line of standard input comes out with a tab and the value of its address. Exit status 1 when an\naddress of the command line has none.',
    )
    .argument('<file>', 'the prefixes; - for standard input')
    .argument('[address...]', 'IPv4 and IPv6 addresses')
    .option('--csv', 'the file is CSV')
    .option('--prefix <column>', 'CSV: column of the prefixes, by number or name', '1')
    .option('--value <column>', 'CSV: column of the values', '2')
    .option('--field <n>', 'field of a line that is its address', whole(1, 1000), 1)
    .option('--miss <text>', 'what is said where nothing covers', '-')
    .option('--match', 'tell the prefix too')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  hoptrie table zones.txt 10.1.2.3 2001:db8::1
  hoptrie table zones.txt < addresses > annotated
  hoptrie table --csv --prefix network --value geoname_id GeoLite2-Country-Blocks-IPv4.csv 192.0.2.1
  hoptrie table asn.gz --field 3 --match < access.log
  hoptrie table zones.txt --json`,
    )
    .action(table);
}

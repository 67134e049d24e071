/**
 * ip/options.ts - the options in front of the object: `ip -4 -j -d route show`.
 *
 * Each may be shortened as its row of OPTIONS says, the first row that fits wins, and one further `-` in front is
 * allowed. `-c` is read and has no effect: nothing here is coloured.
 */
import * as uapi from '../abi/uapi.js';
import { Exit, USAGE, wrongArgument } from './failure.js';
import { HELP } from './help.js';
import { choose, isShort, type Words } from './words.js';

export const AF_PACKET = 17;
const AF_MPLS = 28;
const VERSION = 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n';

/** What `-family` knows by name. */
const FAMILIES = new Map([
  ['inet', uapi.AF_INET],
  ['inet6', uapi.AF_INET6],
  ['link', AF_PACKET],
  ['mpls', AF_MPLS],
  ['bridge', uapi.AF_BRIDGE],
]);

/** The name of an address family, as `-family` knows it; `???` for others. */
export function familyName(family: number): string {
  for (const [name, number] of FAMILIES) if (number === family) return name;
  return family === 0 ? 'none' : '???';
}

/** The number of an address family by its name, undefined for others. */
export function familyNumber(name: string): number | undefined {
  return FAMILIES.get(name);
}

/** What the options of a command line say. */
export class Options {
  /** Address family, 0 when none was asked for. */
  family = 0;
  /** How often `-s` and `-d` were given. */
  stats = 0;
  details = 0;
  resolve = false;
  oneLine = false;
  timestamp = false;
  /** `-ts`: times in short. */
  shortTime = false;
  json = false;
  pretty = false;
  brief = false;
  human = false;
  /** `-iec`: powers of 1024 with `-h`. */
  iec = false;
  numeric = false;
  force = false;
  echo = false;
  all = false;
  /** `-l`: rounds after which a flush gives up, 0 never. */
  flushLoops = 10;
  /** `-b`: the file that holds the commands. */
  batch: string | undefined;
}

type Setter = (options: Options, words: Words) => void;

/** In the order in which they are tried; `!` takes no abbreviation. */
const OPTIONS: readonly (readonly [string, Setter])[] = [
  ['-loops', (o, words) => (o.flushLoops = Math.trunc(Number(valueOf(words)) || 0))],
  ['-family', (o, words) => (o.family = readFamily(valueOf(words)))],
  ['-4!', (o) => (o.family = uapi.AF_INET)],
  ['-6!', (o) => (o.family = uapi.AF_INET6)],
  ['-0!', (o) => (o.family = AF_PACKET)],
  ['-M!', (o) => (o.family = AF_MPLS)],
  ['-B!', (o) => (o.family = uapi.AF_BRIDGE)],
  ['-human-readable', (o) => (o.human = true)],
  ['-iec', (o) => (o.human = o.iec = true)],
  ['-stats', (o) => o.stats++],
  ['-statistics', (o) => o.stats++],
  ['-details', (o) => o.details++],
  ['-resolve', (o) => (o.resolve = true)],
  ['-oneline', (o) => (o.oneLine = true)],
  ['-timestamp', (o) => (o.timestamp = true)],
  ['-tshort', (o) => (o.timestamp = o.shortTime = true)],
  ['-Version', () => end(0, '', VERSION)],
  ['-force', (o) => (o.force = true)],
  ['-batch', (o, words) => (o.batch = valueOf(words))],
  ['-brief', (o) => (o.brief = true)],
  ['-json', (o) => (o.json = true)],
  ['-pretty', (o) => (o.pretty = true)],
  ['-rcvbuf', (_, words) => checkSize(valueOf(words))],
  ['-help', () => end(USAGE, HELP)],
  ['-netns', (_, words) => end(USAGE, noNetns(valueOf(words)))],
  ['-Numeric', (o) => (o.numeric = true)],
  ['-all', (o) => (o.all = true)],
  ['-echo!', (o) => (o.echo = true)],
  ['-color', () => undefined],
];

/**
 * Reads the options that stand in front of an object.
 * @throws {Exit} one that is unknown or lacks its value, and those that end the program
 */
export function readOptions(words: Words): Options {
  const options = new Options();
  while (words.more && words.word.startsWith('-')) {
    let word = words.word;
    if (word === '--') {
      words.take();
      break;
    }
    if (word.startsWith('--')) word = word.slice(1);
    const set = choose(word, OPTIONS) ?? colour(word);
    if (set === undefined) throw new Exit(USAGE, `Option "${word}" is unknown, try "ip -help".\n`);
    set(options, words);
    words.take();
  }
  return options;
}

/** `-color=never` and its short forms. */
function colour(word: string): Setter | undefined {
  const [name = '', when] = word.split('=', 2);
  const isKnown = isShort(name, '-color') && ['', 'always', 'auto', 'never'].includes(when ?? '-');
  return isKnown ? () => undefined : undefined;
}

/** The value of an option; without one the whole usage is shown. */
function valueOf(words: Words): string {
  words.take();
  if (!words.more) end(USAGE, HELP);
  return words.word;
}

function readFamily(word: string): number {
  if (word === 'help') end(USAGE, HELP);
  const family = familyNumber(word);
  if (family === undefined) throw wrongArgument(word, 'invalid protocol family');
  return family;
}

function checkSize(word: string): void {
  if (!/^(\d+|0[xX][0-9a-fA-F]+)$/.test(word)) end(USAGE, `Invalid rcvbuf size '${word}'\n`);
}

/** Another namespace there is none: each has an `ip` of its own. */
function noNetns(name: string): string {
  return `Cannot open network namespace "${name}": No such file or directory\n`;
}

function end(code: number, stderr: string, stdout = ''): never {
  throw new Exit(code, stderr, stdout);
}

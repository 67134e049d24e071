/**
 * topology/lab.ts - labs: lists of commands that a shell would run as root to build them from network namespaces.
 *
 *   ip netns add NAME                              also del
 *   ip link add A netns X type veth peer name B netns Y    a wire; `mtu N`, `address`, A also `up`, may stand there too
 *   ip -n X link set DEV netns Y                   takes the end of a wire there
 *   ip -n X ...                                    anything of the ip language (hoptrie/ip)
 *   ip netns exec X sysctl -w KEY=VALUE ...        also -q and -qw
 *   ip netns exec X ip ...                         as ip -n X
 * Comments and empty lines are passed over. Nothing outside of a namespace can be changed.
 */
import { FibError } from '../errors.js';
import { runIp } from '../ip/index.js';
import { OpenQuote, scriptLines, type Line } from '../ip/batch.js';
import type { Netns } from '../netns.js';
import type { WireEnd } from './wires.js';

/** What a lab is built of. */
interface Site {
  add(name: string): Netns;
  del(name: string): void;
  netns(name: string): Netns;
  connect(one: WireEnd, other: WireEnd): void;
  move(end: { readonly netns: string; readonly name: string }, netns: string): void;
}

/**
 * Runs the commands of a lab and gives what they print.
 * @throws {FibError} EINVAL a line that is none of a lab, or that is refused, with its number
 */
export function runLab(site: Site, text: string): string {
  let output = '';
  for (const { words, number } of linesOf(text)) {
    try {
      output += command(site, words);
    } catch (error) {
      if (!(error instanceof FibError)) throw error;
      const detail = `line ${number}, ${words.join(' ')}: ${error.detail ?? error.message}`;
      throw new FibError(error.code, 'lab', { detail });
    }
  }
  return output;
}

function* linesOf(text: string): Generator<Line, void> {
  try {
    yield* scriptLines(text);
  } catch (error) {
    if (!(error instanceof OpenQuote)) throw error;
    throw refused('a quote is not closed');
  }
}

/** One command, without `ip` in front. */
function command(site: Site, words: readonly string[]): string {
  const [first = '', second = ''] = words;
  if (first === 'netns') return netnsCommand(site, words.slice(1));
  if (first === '-n' || first === '-netns') return inside(site, second, words.slice(2));
  if (first === 'link' && second === 'add') return wire(site, undefined, words.slice(2));
  throw refused('expected ip netns ..., ip -n NAME ..., or ip link add NAME netns ... type veth ...');
}

function netnsCommand(site: Site, [verb, name = '', ...rest]: readonly string[]): string {
  if (verb === 'add') site.add(name);
  else if (verb === 'del' || verb === 'delete') site.del(name);
  else if (verb === 'exec' && rest[0] === 'sysctl') sysctl(site.netns(name), rest.slice(1));
  else if (verb === 'exec' && rest[0] === 'ip') return inside(site, name, rest.slice(1));
  else throw refused('expected add, del, or exec NAME with sysctl or ip');
  return '';
}

/** A command of the ip language in a namespace; wires that lead out of it are ours. */
function inside(site: Site, name: string, words: readonly string[]): string {
  const ns = site.netns(name);
  const [object = '', verb = '', ...rest] = words;
  if ('link'.startsWith(object) && object !== '' && rest.includes('netns')) {
    if (verb === 'add') return wire(site, name, rest);
    if (verb === 'set') return move(site, name, rest);
  }
  const { code, stdout, stderr } = runIp(ns, words);
  if (code !== 0) throw refused(stderr.trim());
  return stdout;
}

/** `[name] A [netns X] [mtu N] [up] type veth peer [name] B [netns Y] ...`; X is `home` when it is not said. */
function wire(site: Site, home: string | undefined, words: readonly string[]): string {
  const type = words.indexOf('type');
  const isPair = type >= 0 && words[type + 1] === 'veth' && words[type + 2] === 'peer';
  if (!isPair) throw refused('expected type veth peer name ...');
  const other = endOf(words.slice(type + 3), home);
  if (other.up === true) throw refused('the other end cannot be up before it has a peer');
  site.connect(endOf(words.slice(0, type), home), other);
  return '';
}

/** One end of a wire; it is down until it is told to be up. */
function endOf(words: readonly string[], home: string | undefined): WireEnd {
  const end: { -readonly [field in keyof WireEnd]?: WireEnd[field] } = { up: false };
  if (home !== undefined) end.netns = home;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === 'up') end.up = true;
    else if (word === 'netns') end.netns = valueOf(words, ++i);
    else if (word === 'mtu') end.mtu = Number(valueOf(words, ++i));
    else if (word === 'address') end.address = valueOf(words, ++i);
    else if (word === 'name' || word === 'dev') end.name = valueOf(words, ++i);
    else if (end.name === undefined) end.name = word;
    else throw refused(`what is "${word}"?`);
  }
  const { netns, name } = end;
  if (netns === undefined) throw refused('each end of a wire wants its netns');
  if (name === undefined) throw refused('each end of a wire wants its name');
  return { ...end, netns, name };
}

/** `[dev] DEV netns NAME` */
function move(site: Site, from: string, words: readonly string[]): string {
  const [name, keyword, to] = words[0] === 'dev' ? words.slice(1) : words;
  if (name === undefined || keyword !== 'netns' || to === undefined || words.at(-1) !== to) {
    throw refused('expected link set DEV netns NAME');
  }
  site.move({ netns: from, name }, to);
  return '';
}

/** `[-q] [-w] KEY=VALUE ...` */
function sysctl(ns: Netns, words: readonly string[]): void {
  for (const word of words) {
    if (/^-[qw]+$/.test(word)) continue;
    const [key = '', value, ...rest] = word.split('=');
    if (value === undefined || value === '' || rest.length > 0)
      throw refused(`expected KEY=VALUE, got ${word}`);
    ns.sysctl.set(key, Number(value));
  }
}

function valueOf(words: readonly string[], at: number): string {
  const value = words[at];
  if (value === undefined) throw refused(`nothing behind ${words[at - 1]}`);
  return value;
}

function refused(detail: string): FibError {
  return new FibError('EINVAL', 'lab', { detail });
}

/**
 * ip/link/select.ts - the selectors of `ip link show` and of `ip address show`, `flush` and `save`.
 *
 * Both take all of them, though some mean nothing to links. Keywords are written in full; a word that is none is a
 * device. Which links a selection lets through, and which addresses, is told here.
 */
import * as uapi from '../../abi/uapi.js';
import type { Names } from '../../text/names.js';
import { readPrefix, type Inet } from '../address.js';
import type { Attrs } from '../attrs.js';
import { Exit, USAGE, duplicate } from '../failure.js';
import type { Task } from '../io.js';
import { U8_MAX, must, named, unsigned } from '../number.js';
import type { Session } from '../session.js';
import type { Words } from '../words.js';
import { indexOfMaster, indexOfVrf } from './device.js';
import type { LinkView } from './print.js';

/** `nomaster` as a master, which the kernel is asked for: no index is this one. */
const NO_MASTER = 0xffffffff;

/** What is asked for; what is not given is not asked. */
export interface Selection {
  /** Address family; that of a prefix where none was given. */
  family: number;
  device?: string;
  /** Index of that device, once it has been looked up; 0 = any. */
  index: number;
  isUp?: boolean;
  scope?: number;
  /** Address flags that count, and those of them that are to be set. */
  flagMask: number;
  flags: number;
  prefix?: Inet;
  /** A pattern for the labels of addresses; with one, links are not shown. */
  label?: string;
  group?: number;
  /** Index of the master, or NO_MASTER. */
  master?: number;
  kind?: string;
}

/** Flags of addresses as selectors; `primary` is one that is not set. */
const ADDRESS_FLAGS: readonly (readonly [word: string, flag: number])[] = [
  ['secondary', uapi.IFA_F_SECONDARY],
  ['temporary', uapi.IFA_F_SECONDARY],
  ['nodad', 0x02],
  ['optimistic', 0x04],
  ['dadfailed', 0x08],
  ['home', 0x10],
  ['deprecated', uapi.IFA_F_DEPRECATED],
  ['tentative', 0x40],
  ['permanent', uapi.IFA_F_PERMANENT],
  ['mngtmpaddr', 0x100],
  ['noprefixroute', uapi.IFA_F_NOPREFIXROUTE],
  ['autojoin', uapi.IFA_F_MCAUTOJOIN],
  ['stable-privacy', 0x800],
];

/** Reads selectors. @throws {Exit} `usage` where help is asked for; mistakes */
export function* readSelection(
  session: Session,
  words: Words,
  family: number,
  usage: () => Exit,
): Task<Selection> {
  const selection: Selection = { family, index: 0, flagMask: 0, flags: 0 };
  for (; words.more; words.take()) yield* readSelector(session, words, selection, usage);
  return selection;
}

function* readSelector(session: Session, words: Words, selection: Selection, usage: () => Exit): Task {
  switch (words.word) {
    case 'to':
      selection.prefix = readPrefix(words.value(), selection.family);
      if (selection.family === 0) selection.family = selection.prefix.family;
      return;
    case 'scope':
      return setScope(selection, session.names.scopes, words.value());
    case 'up':
      selection.isUp = true;
      return;
    case 'label':
      selection.label = words.value();
      return;
    case 'group':
      selection.group = must(
        named(session.names.groups, words.value(), 0x7fffffff),
        words.word,
        'Invalid "group" value',
      );
      return;
    case 'master':
      selection.master = yield* indexOfMaster(session, words.value());
      return;
    case 'vrf':
      selection.master = yield* indexOfVrf(session, words.value(), selection.family);
      return;
    case 'nomaster':
      selection.master = NO_MASTER;
      return;
    case 'type':
      selection.kind = words.value();
      return;
    default:
      if (readFlag(words.word, selection)) return;
      if (words.is('dev')) words.value();
      else if (words.isShort('help')) throw usage();
      if (selection.device !== undefined) throw duplicate('dev', words.word);
      selection.device = words.word;
  }
}

/** `all` is any scope. */
function setScope(selection: Selection, names: Names, word: string): void {
  if (word === 'all') delete selection.scope;
  else selection.scope = must(readScope(names, word), word, 'invalid "scope"');
}

/** A scope by the name that is written for it, or by its number; undefined for neither. */
export function readScope({ word: names }: Names, word: string): number | undefined {
  for (const [scope, name] of names) if (name === word) return scope;
  return unsigned(word, U8_MAX);
}

/** Takes a flag, a `-` in front turns it; false where it is none. */
function readFlag(word: string, selection: Selection): boolean {
  const isTurned = word.startsWith('-');
  const name = isTurned ? word.slice(1) : word;
  let flag = ADDRESS_FLAGS.find(([known]) => known === name)?.[1];
  let isSet = !isTurned;
  if (flag === undefined && name === 'primary') [flag, isSet] = [uapi.IFA_F_SECONDARY, isTurned];
  if (flag === undefined && name === 'dynamic') [flag, isSet] = [uapi.IFA_F_PERMANENT, isTurned];
  if (flag === undefined) return false;
  selection.flagMask |= flag;
  if (isSet) selection.flags |= flag;
  else selection.flags &= ~flag;
  return true;
}

/** True for a link that is asked for, by what the kernel was not asked. */
export function hasLink(selection: Selection, { link, attrs }: LinkView): boolean {
  const { index, isUp, group, master, kind } = selection;
  if (index !== 0 && link.index !== index) return false;
  if (isUp === true && (link.flags & uapi.IFF_UP) === 0) return false;
  if (group !== undefined && attrs.u32(uapi.IFLA_GROUP) !== group) return false;
  const above = attrs.u32(uapi.IFLA_MASTER) ?? 0;
  if (master !== undefined && master !== NO_MASTER && above !== master) return false;
  return kind === undefined || hasKind(attrs, kind);
}

/** A kind, or that of the master with `_slave` behind it. */
function hasKind(attrs: Attrs, kind: string): boolean {
  const info = attrs.nest(uapi.IFLA_LINKINFO);
  if (kind.endsWith('_slave'))
    return info?.text(uapi.IFLA_INFO_SLAVE_KIND) === kind.slice(0, -'_slave'.length);
  return info?.text(uapi.IFLA_INFO_KIND) === kind;
}

/** True if text fits a pattern of a shell: `*`, `?`, `[a-z]`, `[!a]`, and `\` before what is meant as it is. */
export function isLike(text: string, pattern: string): boolean {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const set = char === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(i)) : null;
    if (set !== null) {
      source += `[${set[1] === '' ? '' : '^'}${set[2]!.replace(/[\\\]]/g, '\\$&')}]`;
      i += set[0].length - 1;
    } else if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else source += literal(char === '\\' ? (pattern[++i] ?? '\\') : char);
  }
  try {
    return new RegExp(`^${source}$`, 'su').test(text);
  } catch {
    return false; // a set such as [z-a], which nothing is in
  }
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char;
}

/** The error of options that go with help. */
export function usageOf(text: string): () => Exit {
  return () => new Exit(USAGE, text);
}

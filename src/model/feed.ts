/**
 * model/feed.ts - what a source delivers, piece by piece: the ground on which feeds and whoever follows them meet.
 *
 * A source that tells changes only delivers `messages` and `changes`. One that can tell all that there is says so: what
 * comes between `begin` and `end` is everything, and what it has not named by then is not there any more.
 */
import type { Change } from './change.js';

/** Why a source begins to tell everything. */
export type BeginReason =
  /** It was asked for the first time. */
  | 'start'
  /** Changes were lost because they came faster than they were read (ENOBUFS). */
  | 'overrun'
  /** A datagram was longer than the room for it. */
  | 'truncation'
  /** What a dump reads was changed meanwhile, again and again (NLM_F_DUMP_INTR). */
  | 'interrupted'
  /** The peer has connected anew. */
  | 'reconnect';

/** Changes as netlink messages, of a monitor or of a dump: `ns.applyDump` takes them. */
export interface MessagesPart {
  readonly kind: 'messages';
  readonly bytes: Uint8Array;
  /** Where in the source that stood which now stands at an offset in `bytes`. */
  readonly place: (offset: number) => number;
  /** When it was told, in milliseconds since 1970. */
  readonly timeMs?: number;
}

/** Changes as values, in their order. */
export interface ChangesPart {
  readonly kind: 'changes';
  readonly changes: readonly Change[];
  readonly timeMs?: number;
}

/** From here to the end part all is told. */
export interface BeginPart {
  readonly kind: 'begin';
  readonly reason: BeginReason;
  /** The kinds of objects of which all is told; others are not touched. */
  readonly kinds: readonly Change['kind'][];
  /** What comes are changes that happen now, among repetitions of what was; else it is a dump. */
  readonly isLive: boolean;
}

/** All was told. */
export interface EndPart {
  readonly kind: 'end';
  /** Messages of changes that happened while a dump was made, in their order: some are in the dump, some are not. */
  readonly overlap?: MessagesPart;
  /** What was told may not be all of one moment; the source tells it once more when it can. */
  readonly isDoubtful?: boolean;
  /** Who cannot say from the overlap what is in the dump asks by this for the same. */
  readonly again?: () => void;
}

/** A peer has gone; the source waits for the next one. */
export interface ClosedPart {
  readonly kind: 'closed';
  /** Why, unless it left in order. */
  readonly error?: Error;
}

/** A piece of what a source delivers. */
export type Part = MessagesPart | ChangesPart | BeginPart | EndPart | ClosedPart;

/** What a feed has delivered. */
export interface FeedStats {
  /** Bytes that came. */
  readonly bytes: number;
  /** Messages, lines or records that came. */
  readonly messages: number;
  /** Of those, the ones that tell of IPv6, which are passed over. */
  readonly foreign: number;
  /** The ones that tell nothing about routing. */
  readonly passedOver: number;
  /** How often changes were lost, and how often a peer connected. */
  readonly overruns: number;
  readonly connections: number;
}

/** What `follow` needs of a feed. */
export interface PartSource {
  readonly stats: FeedStats;
  parts(): AsyncIterableIterator<Part>;
}

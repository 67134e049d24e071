/**
 * text/iproute.ts - the output of `ip route show`, read: lines, blocks of `nexthop` lines, `-o` and `-d` forms.
 *
 *   [type] prefix [key value | flag]...
 *   <tab>nexthop [key value | flag]...        one line for each path of several; with -o joined by `\` and a tab
 *   <tab>nh_info ...                          -d: what a nexthop object is; passed over
 * The fields may come in any order, but every word must be known: an unknown one is an error, not a guess. `encap` and its
 * arguments are passed over up to the next `via` or `dev`. What is read and has no field in a `Route`: mark, uid, iif,
 * expires, error, users, age, used. Both families may be mixed. Rules PROC-33..41, V6-42; forms seen with iproute2 6.1.
 */
import { FibError } from '../errors.js';
import { METRICS } from '../model/route.js';
import type { Metrics, Route } from '../model/route.js';
import { RouteDraft, flagBit, number, unfit } from './route-draft.js';
import type { HopDraft, ParseRouteOptions } from './route-draft.js';

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const BACKSLASH = 0x5c;

/**
 * The route of one line; its `nexthop` lines may follow, on lines of their own or joined by `\`.
 * @returns undefined for blank text
 * @throws {FibError} EINVAL with line and offset: what is no route, or more than one
 */
export function parseRouteLine(line: string, options: ParseRouteOptions = {}): Route | undefined {
  const [route, second] = parseRouteText(line, options);
  if (second !== undefined) throw new FibError('EINVAL', 'parse route', { detail: 'more than one route' });
  return route;
}

/**
 * The routes of the output of `ip route show`, in order; blank lines are passed over.
 * @throws {FibError} EINVAL with the line in the detail, the offset in the text: the first word that is not understood
 */
export function parseRouteText(text: string, options: ParseRouteOptions = {}): Route[] {
  if (typeof text !== 'string') throw unfit('text expected');
  const routes: Route[] = [];
  for (let at = 0; at < text.length;) {
    const end = routeEnd(text, at);
    const words = new Words(text, at, end);
    if (words.next()) routes.push(parseRoute(words, options));
    at = end + 1;
  }
  return routes;
}

/** Where the line that begins at `at` and the indented lines below it end. */
function routeEnd(text: string, at: number): number {
  for (let end = at; ; end++) {
    end = text.indexOf('\n', end);
    if (end < 0) return text.length;
    const next = text.charCodeAt(end + 1);
    if (next !== TAB && next !== SPACE) return end;
  }
}

/** The words of one route, with their places. */
class Words {
  /** The current word. */
  word = '';
  /** Its offset in the text. */
  at: number;
  /** It is the first of its line. */
  first = true;
  #next: number;

  constructor(
    readonly text: string,
    from: number,
    readonly end: number,
  ) {
    this.at = this.#next = from;
  }

  /** Goes to the next word; false at the end, where the word is empty. */
  next(): boolean {
    const { text, end } = this;
    let i = this.#next;
    this.first = this.word === '';
    for (; i < end; i++) {
      const code = text.charCodeAt(i);
      if (code === NEWLINE || code === BACKSLASH) this.first = true;
      else if (code !== SPACE && code !== TAB && code !== RETURN) break;
    }
    this.at = i;
    while (i < end && !isBreak(text.charCodeAt(i))) i++;
    this.word = text.slice(this.at, i);
    this.#next = i;
    return i > this.at;
  }

  /** The next word of this line, without going there; empty when there is none. */
  peek(): string {
    const [word, at, next, first] = [this.word, this.at, this.#next, this.first];
    const found = this.next() && !this.first ? this.word : '';
    [this.word, this.at, this.#next, this.first] = [word, at, next, first];
    return found;
  }

  /** Goes to the value of the key that is the current word. */
  value(): string {
    const key = this.word;
    if (!this.next() || this.first) throw unfit(`'${key}' lacks its value`);
    return this.word;
  }

  /** The rest of the line is passed over. */
  skipLine(): void {
    while (this.peek() !== '') this.next();
  }

  /** An error at the current word, or within it where `cause` has an offset. */
  error(cause: FibError): FibError {
    const offset = this.at + (cause.offset ?? 0);
    let line = 1;
    for (let i = this.text.indexOf('\n'); i >= 0 && i < offset; i = this.text.indexOf('\n', i + 1)) line++;
    return new FibError('EINVAL', 'parse route', { detail: `line ${line}: ${cause.detail ?? ''}`, offset });
  }
}

function isBreak(code: number): boolean {
  return code === SPACE || code === TAB || code === NEWLINE || code === RETURN || code === BACKSLASH;
}

/** Reads the route whose first word is the current one. */
function parseRoute(words: Words, options: ParseRouteOptions): Route {
  try {
    const draft = new RouteDraft();
    parseHead(words, draft);
    let hop: HopDraft | undefined; // the nexthop line that is being read
    while (words.next()) {
      if (words.word === 'nexthop') hop = draft.addHop();
      else if (words.first) parseOther(words);
      else if (hop !== undefined) parseHop(words, draft, hop);
      else parseField(words, draft);
    }
    return draft.build(options);
  } catch (error) {
    throw error instanceof FibError ? words.error(error) : error;
  }
}

/** Type, by word or number, and destination. */
function parseHead(words: Words, draft: RouteDraft): void {
  if (/^\d+$/.test(words.word) && words.peek() !== '') draft.typeNumber(words.word);
  else if (!draft.type(words.word)) return draft.dst(words.word);
  draft.dst(words.value());
}

/** A line below a route that tells nothing about it. */
function parseOther(words: Words): void {
  if (words.word !== 'nh_info' && words.word !== 'cache') throw unfit(`'${words.word}' where a line begins`);
  words.skipLine();
}

/** Keys with one value, which has no field in a route. */
const PASSED_OVER = new Set(['mark', 'uid', 'iif', 'expires', 'error', 'users', 'age', 'used']);

/** A field of the route. */
function parseField(words: Words, draft: RouteDraft): void {
  switch (words.word) {
    case 'from':
      return draft.src(words.value());
    case 'tos':
    case 'dsfield':
      return draft.tos(words.value());
    case 'nhid':
      return draft.nhid(words.value());
    case 'table':
      return draft.table(words.value());
    case 'proto':
      return draft.protocol(words.value());
    case 'scope':
      return draft.scope(words.value());
    case 'src':
      return draft.prefsrc(words.value());
    case 'metric':
      return draft.metric(words.value());
    case 'pref':
      return draft.pref(words.value());
    default: {
      if (PASSED_OVER.has(words.word)) return void words.value();
      const bit = flagBit(words.word);
      if (bit !== undefined) draft.flags = (draft.flags | bit) >>> 0;
      else if (!parseMetric(words, draft)) parsePath(words, draft, draft.hop);
    }
  }
}

/** A field of a nexthop line. */
function parseHop(words: Words, draft: RouteDraft, hop: HopDraft): void {
  const bit = flagBit(words.word);
  if (words.word === 'weight') draft.weight(hop, words.value());
  else if (bit !== undefined && bit <= 0xff) hop.flags = (hop.flags ?? 0) | bit;
  else parsePath(words, draft, hop);
}

/** A field that a path has wherever it stands. */
function parsePath(words: Words, draft: RouteDraft, hop: HopDraft): void {
  if (words.word === 'encap') {
    while (words.peek() !== '' && words.peek() !== 'via' && words.peek() !== 'dev') words.next();
    return;
  }
  switch (words.word) {
    case 'via': {
      const word = words.value();
      if (word !== 'inet' && word !== 'inet6') return draft.via(hop, word);
      return draft.via(hop, words.value(), word);
    }
    case 'dev':
      hop.dev = words.value();
      return;
    case 'realm':
    case 'realms':
      return draft.realms(hop, words.value());
    default:
      throw unfit(`'${words.word}' is not understood`);
  }
}

/** Metric names as text has them, with the name of the stored word. */
const METRIC_WORDS = new Map<string, keyof Metrics>(
  METRICS.filter((name) => name !== 'lock' && name !== 'cc_algo').map((name) => [name, name]),
);

/** A metric: `name [lock] value`; false when the current word names none. */
function parseMetric(words: Words, draft: RouteDraft): boolean {
  const congctl = words.word === 'congctl';
  const name = congctl ? 'cc_algo' : METRIC_WORDS.get(words.word);
  if (name === undefined) return false;
  if (words.peek() === 'lock') {
    words.next();
    draft.setMetric('lock', 1 << (METRICS.indexOf(name) + 1));
  }
  if (congctl) draft.congctl(words.value());
  else if (name === 'features') parseFeatures(words, draft);
  else draft.setMetric(name, metricValue(name, words.value()));
  return true;
}

/** `ecn`, and where there are other bits all of them in hexadecimal. */
function parseFeatures(words: Words, draft: RouteDraft): void {
  if (words.peek() === 'ecn') {
    words.next();
    draft.setMetric('features', 1);
  }
  if (/^0x/.test(words.peek())) draft.setMetric('features', number(words.value(), 0xffffffff));
}

/** Stored units of a millisecond, for the metrics that are times (CFG-65). */
const UNITS: Partial<Record<keyof Metrics, number>> = { rtt: 8, rttvar: 4, rto_min: 1 };

/** Times of a second and more are written with six digits, so that the longest may read as a little more than a u32. */
const TIME_MAX = 0xffffffff * 1.00001;

/** The stored word of a metric from its text: a number, or a time in `ms` or `s`. */
function metricValue(name: keyof Metrics, word: string): number {
  const units = UNITS[name];
  if (units === undefined) return number(word, 0xffffffff);
  const match = /^(\d+(?:\.\d+)?(?:e\+\d+)?)(ms|s)$/.exec(word);
  const value = match === null ? NaN : Math.round(Number(match[1]) * units * (match[2] === 's' ? 1000 : 1));
  if (!(value <= TIME_MAX)) throw unfit(`'${word}' is no time`);
  return Math.min(value, 0xffffffff);
}

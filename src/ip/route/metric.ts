/**
 * ip/route/metric.ts - the words for metrics and what RTA_METRICS holds (CFG-60..66).
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { invalid, must, unsigned } from '../number.js';
import type { Words } from '../words.js';
import { readTime } from './time.js';

/** Metrics being collected, in the order of the words; the locks stand last. */
export class Metrics {
  readonly #attrs = new Writer();
  #locked = 0;

  /** A metric of 32 bits. */
  set(number: number, value: number): void {
    this.#attrs.attr32(number, value >>> 0);
  }

  name(number: number, name: string): void {
    this.#attrs.attr(number, new TextEncoder().encode(name));
  }

  lock(number: number): void {
    this.#locked |= 1 << number;
  }

  /** Writes RTA_METRICS, if there is anything to say. */
  put(w: Writer): void {
    if (this.#locked !== 0) this.set(uapi.RTAX_LOCK, this.#locked);
    if (this.#attrs.length > 0) w.attr(uapi.RTA_METRICS, this.#attrs.take());
  }
}

/** Reads the value of a metric, which may be `lock` and a value. */
type Read = (metrics: Metrics, words: Words) => void;

/** A number, with the name it has in errors. */
function number(metric: number, name: string, max?: number): Read {
  return (metrics, words) => {
    readLock(metrics, words, metric);
    const { word } = words;
    metrics.set(metric, must(unsigned(word, max), word, `"${name}" value is invalid`));
  };
}

/** 0 or 1; it cannot be locked. */
function truth(metric: number, name: string): Read {
  return (metrics, { word }) => {
    const value = must(unsigned(word), word, `"${name}" value is invalid`);
    if (value > 1) throw invalid(word, `"${name}" value should be 0 or 1`);
    metrics.set(metric, value);
  };
}

/** A time, stored in parts of a millisecond; a number without unit is stored as it is. */
function time(metric: number, name: string, parts: number): Read {
  return (metrics, words) => {
    readLock(metrics, words, metric);
    const { word } = words;
    const { value, hasUnit } = must(readTime(word), word, `"${name}" value is invalid`);
    metrics.set(metric, Math.imul(value, hasUnit ? parts : 1));
  };
}

/** A time that is locked without being told to. */
function minimumTime(metrics: Metrics, { word }: Words): void {
  metrics.set(uapi.RTAX_RTO_MIN, must(readTime(word), word, '"rto_min" value is invalid').value);
  metrics.lock(uapi.RTAX_RTO_MIN);
}

function features(metrics: Metrics, { word }: Words): void {
  if (word !== 'ecn') throw invalid(word, '"features" value not valid');
  metrics.set(uapi.RTAX_FEATURES, 1);
}

function congestion(metrics: Metrics, words: Words): void {
  readLock(metrics, words, uapi.RTAX_CC_ALGO);
  metrics.name(uapi.RTAX_CC_ALGO, words.word);
}

function readLock(metrics: Metrics, words: Words, metric: number): void {
  if (!words.is('lock')) return;
  metrics.lock(metric);
  words.value();
}

const [WINDOW, RTT, RTTVAR, SSTHRESH, CWND, ADVMSS, REORDERING, HOPLIMIT, INITCWND] = [
  3, 4, 5, 6, 7, 8, 9, 10, 11,
];
const [INITRWND, QUICKACK, FASTOPEN_NO_COOKIE] = [14, 15, 17];
const HOPLIMIT_MAX = 255;

/** By name, in the order in which abbreviations are tried; `!` takes none. */
export const METRICS: readonly (readonly [string, Read])[] = [
  ['mtu!', number(uapi.RTAX_MTU, 'mtu')],
  ['hoplimit!', number(HOPLIMIT, 'hoplimit', HOPLIMIT_MAX)],
  ['advmss!', number(ADVMSS, 'mss')],
  ['reordering', number(REORDERING, 'reordering')],
  ['rtt!', time(RTT, 'rtt', 8)],
  ['rto_min!', minimumTime],
  ['window', number(WINDOW, 'window')],
  ['cwnd', number(CWND, 'cwnd')],
  ['initcwnd', number(INITCWND, 'initcwnd')],
  ['initrwnd', number(INITRWND, 'initrwnd')],
  ['features', features],
  ['quickack', truth(QUICKACK, 'quickack')],
  ['congctl', congestion],
  ['rttvar', time(RTTVAR, 'rttvar', 4)],
  ['ssthresh', number(SSTHRESH, 'ssthresh')],
  ['fastopen_no_cookie', truth(FASTOPEN_NO_COOKIE, 'fastopen_no_cookie')],
];

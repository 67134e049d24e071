/**
 * core/labels.ts - what people write on a device and routing does not ask: its alias, its other names, its link
 * mode, what offloads may put together.
 *
 * They are kept in the core's list of switches, under numbers that no sysctl has, four bytes of text in each:
 *   number          value
 *   MODE            IF_LINK_MODE_*
 *   LIMITS + type   a limit, by its attribute, IFLA_GSO_MAX_SIZE and others
 *   ALIAS           bytes of the alias; its text follows
 *   NAMES           how many other names there are
 *   NAMES + 64 n    bytes of the n-th, 1 is the first; its text follows
 * So they are in a snapshot, and go with their device.
 */
import { outOfMemory, type Core } from './core.js';

const MODE = 0x10000;
const LIMITS = 0x10080;
const ALIAS = 0x10100;
const NAMES = 0x10200;
/** Longest alias and name, in bytes, and the most names. */
export const ALIAS_MAX = 255;
export const NAME_MAX = 127;
const NAMES_MAX = 1024;
/** Numbers that a name takes: one for its length, and enough for 127 bytes. */
const NAME_STEP = 64;

/** The labels of one device. O(switches) each. */
export class Labels {
  readonly #core: Core;
  readonly #owner: number;

  /** @param owner index of the device */
  constructor(core: Core, owner: number) {
    this.#core = core;
    this.#owner = owner;
  }

  get mode(): number {
    return this.#get(MODE);
  }

  set mode(mode: number) {
    this.#set(MODE, mode);
  }

  /** A limit of its offloads by the attribute that carries it; undefined where nobody set it. */
  limit(type: number): number | undefined {
    const at = this.#core.exports.switchGet(this.#owner, LIMITS + type) >>> 0;
    return at === 0 ? undefined : this.#core.view.getUint32(at, true);
  }

  setLimit(type: number, value: number): void {
    this.#set(LIMITS + type, value | 0);
  }

  /** Its alias, in bytes as it came; none is of no length. */
  get alias(): Uint8Array {
    return this.#text(ALIAS, ALIAS_MAX);
  }

  set alias(alias: Uint8Array) {
    this.#setText(ALIAS, alias);
  }

  /** Names that it has besides its own, the oldest first. */
  get names(): readonly string[] {
    const decoder = new TextDecoder();
    return Array.from({ length: this.#length(NAMES, NAMES_MAX) }, (_, i) =>
      decoder.decode(this.#text(NAMES + NAME_STEP * (i + 1), NAME_MAX)),
    );
  }

  set names(names: readonly string[]) {
    const encoder = new TextEncoder();
    names.forEach((name, i) => this.#setText(NAMES + NAME_STEP * (i + 1), encoder.encode(name)));
    if (names.length !== this.#get(NAMES)) this.#set(NAMES, names.length);
  }

  #text(number: number, max: number): Uint8Array {
    const bytes = new Uint8Array(this.#length(number, max));
    const words = new DataView(new ArrayBuffer((bytes.length + 3) & ~3));
    for (let at = 0; at < bytes.length; at += 4) words.setInt32(at, this.#get(number + 1 + at / 4), true);
    bytes.set(new Uint8Array(words.buffer, 0, bytes.length));
    return bytes;
  }

  #setText(number: number, text: Uint8Array): void {
    if (text.length === 0 && this.#get(number) === 0) return;
    const words = new Uint8Array((text.length + 3) & ~3);
    words.set(text);
    const view = new DataView(words.buffer);
    for (let at = 0; at < words.length; at += 4) this.#set(number + 1 + at / 4, view.getInt32(at, true));
    this.#set(number, text.length);
  }

  /** A length; an arena that came as bytes may say anything, and what is none is 0. */
  #length(number: number, max: number): number {
    const length = this.#get(number);
    return length >= 0 && length <= max ? length : 0;
  }

  #get(number: number): number {
    const at = this.#core.exports.switchGet(this.#owner, number) >>> 0;
    return at === 0 ? 0 : this.#core.view.getInt32(at, true);
  }

  #set(number: number, value: number): void {
    if (this.#core.exports.switchSet(this.#owner, number, value) < 0) throw outOfMemory('link set');
  }
}

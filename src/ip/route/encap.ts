/**
 * ip/route/encap.ts - `encap TYPE ...`: RTA_ENCAP and RTA_ENCAP_TYPE. Labels of MPLS and tunnels over IPv4 and IPv6
 * are read, other types are not; hoptrie has none of them and refuses them.
 *
 *   mpls LABEL[/LABEL]... [ttl N]        ip | ip6 [id N] [dst A] [src A] [ttl|hoplimit N] [tos|tc N] [key] [csum] [seq]
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { readAddress } from '../address.js';
import { Exit, MISTAKE, duplicate } from '../failure.js';
import { U8_MAX, invalid, must, unsigned, unsigned64 } from '../number.js';
import type { Words } from '../words.js';
import { readDsfield } from './tos.js';
import type { NameTables } from '../../text/names.js';

const NESTED = 0x8000;
/** LWTUNNEL_ENCAP_* */
const TYPES = new Map([
  ['mpls', 1],
  ['ip', 2],
  ['ip6', 4],
]);

/** Reads an encapsulation, whose type is the current word, up to its last word. @throws {Exit} */
export function readEncap(w: Writer, words: Words, names: NameTables): void {
  const { word } = words;
  const type = TYPES.get(word);
  if (type === undefined) throw invalid(word, '"encap type" value is invalid');
  const at = w.open(uapi.RTA_ENCAP | NESTED);
  if (word === 'mpls') readMpls(w, words);
  else readTunnel(w, words, word === 'ip' ? uapi.AF_INET : uapi.AF_INET6, names);
  w.close(at);
  const bytes = new Writer();
  bytes.u16(type);
  w.attr(uapi.RTA_ENCAP_TYPE, bytes.take());
}

const MPLS_DST = 1;
const MPLS_TTL = 2;
const LABEL_MAX = (1 << 20) - 1;
const LAST_LABEL = 0x100;

/** Labels, outermost first: 20 bits each, the last one marked (RFC 3032). */
function readMpls(w: Writer, words: Words): void {
  const text = words.value();
  const labels = text.split('/').map((label) => unsigned(label, LABEL_MAX));
  const stack = new Writer();
  labels.forEach((label, i) => {
    if (label === undefined) {
      throw new Exit(MISTAKE, `Error: mpls address is expected rather than "${text}".\n`);
    }
    stack.u32be(((label << 12) | (i === labels.length - 1 ? LAST_LABEL : 0)) >>> 0);
  });
  w.attr(MPLS_DST, stack.take());
  if (words.peek !== 'ttl') return;
  words.take();
  w.attr(MPLS_TTL, byte(words.value(), 'ttl'));
}

/** The numbers of LWTUNNEL_IP_* and LWTUNNEL_IP6_*, which agree. */
const [TUNNEL_ID, TUNNEL_DST, TUNNEL_SRC, TUNNEL_TTL, TUNNEL_TOS, TUNNEL_FLAGS] = [1, 2, 3, 4, 5, 6];
/** TUNNEL_* of the header, in network order. */
const FLAGS = new Map([
  ['csum', 1],
  ['key', 4],
  ['seq', 8],
]);

function readTunnel(w: Writer, words: Words, family: number, names: NameTables): void {
  const [ttl, tos] = family === uapi.AF_INET ? ['ttl', 'tos'] : ['hoplimit', 'tc'];
  const dsfield = (word: string): number => must(readDsfield(word, names), word, `"${tos}" value is invalid`);
  const values = new Map<string, (word: string) => [number, Uint8Array]>([
    ['id', (word) => [TUNNEL_ID, id64(word)]],
    ['dst', (word) => [TUNNEL_DST, readAddress(word, family).bytes]],
    ['src', (word) => [TUNNEL_SRC, readAddress(word, family).bytes]],
    [ttl, (word) => [TUNNEL_TTL, byte(word, ttl)]],
    [tos, (word) => [TUNNEL_TOS, Uint8Array.of(dsfield(word))]],
  ]);
  const seen = new Set<string>();
  let flags = 0;
  for (let key = words.peek; key !== undefined && (values.has(key) || FLAGS.has(key)); key = words.peek) {
    words.take();
    flags |= FLAGS.get(key) ?? 0;
    const read = values.get(key);
    if (read === undefined) continue;
    const word = words.value();
    if (seen.has(key)) throw duplicate(key, word);
    seen.add(key);
    w.attr(...read(word));
  }
  if (flags !== 0) w.attr(TUNNEL_FLAGS, Uint8Array.of(0, flags));
}

function byte(word: string, name: string): Uint8Array {
  return Uint8Array.of(must(unsigned(word, U8_MAX), word, `"${name}" value is invalid`));
}

function id64(word: string): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, must(unsigned64(word), word, '"id" value is invalid'));
  return bytes;
}

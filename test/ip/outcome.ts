/**
 * ip/outcome.ts - what a command did, in a form in which two of them can be compared.
 */
import { NLMSG_HEADER, decodeAttrs, uapi } from 'hoptrie/wire';

/** Exit code and both outputs, byte by byte as Latin-1. */
export type Outcome = readonly [code: number | null, stdout: string, stderr: string];

/** What passes with time, and what stands for it. */
const TIMES: readonly (readonly [RegExp, string])[] = [
  [/expires -?\d+sec/g, 'expires Nsec'],
  [/ age -?\d+sec/g, ''], // told or not, by the processor that answered
  [/\b(used|idle_time|unbalanced_time) [-0-9./]+/g, '$1 N'],
  [/,"age":-?\d+/g, ''],
  [/"(expires|used|idle_time|unbalanced_time)":( ?)[-0-9.]+/g, '"$1":$2N'],
  [/^Timestamp: .*$/gm, 'Timestamp: N'],
  [/^\[\d{4}-\d\d-\d\dT[^\]]*\]/gm, '[N]'],
];

/** Lines about IPv6 in the output of `ip netconf`. */
const INET6 = /^(Deleted )?inet6 .*\n/gm;

/** An outcome without what differs from run to run. */
export function masked([code, stdout, stderr]: Outcome): Outcome {
  const bare =
    unnumbered(stdout) ??
    TIMES.reduce((text, [what, by]) => text.replace(what, by), stdout).replace(INET6, '');
  return [code, bare, stderr];
}

/** True if two outcomes are the same but for times. */
export function isSame(a: Outcome, b: Outcome): boolean {
  const [x, y] = [masked(a), masked(b)];
  return x[0] === y[0] && x[1] === y[1] && x[2] === y[2];
}

/** Magics of the files that `save` writes. */
const SAVED = [0x45311224, 0x47361222, 0x71706986];

/** A saved file without sequence numbers, port ids and times of addresses; undefined for other output. */
function unnumbered(stdout: string): string | undefined {
  const bytes = Buffer.from(stdout, 'latin1');
  if (bytes.length < 4 || !SAVED.includes(bytes.readUInt32LE(0))) return undefined;
  for (let at = 4; bytes.length - at >= NLMSG_HEADER;) {
    const end = at + Math.max(NLMSG_HEADER, bytes.readUInt32LE(at));
    bytes.fill(0, at + 8, at + NLMSG_HEADER);
    if (bytes.readUInt16LE(at + 4) === uapi.RTM_NEWADDR)
      withoutTimes(bytes.subarray(at + NLMSG_HEADER + 8, end));
    at = (end + 3) & ~3;
  }
  return bytes.toString('latin1');
}

/** When an address was made and changed: behind its two lifetimes. */
function withoutTimes(attrs: Uint8Array): void {
  for (const { type, payload } of decodeAttrs(attrs)) if (type === uapi.IFA_CACHEINFO) payload.fill(0, 8);
}

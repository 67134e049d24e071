/**
 * ip/route/via.ts - gateways: `via [FAMILY] ADDRESS` to RTA_GATEWAY, or RTA_VIA where the family is not the route's.
 */
import * as uapi from '../../abi/uapi.js';
import type { Writer } from '../../wire/bytes.js';
import { readAddress } from '../address.js';
import { familyNumber } from '../options.js';
import type { Words } from '../words.js';

/** Writes the gateway at the words. Gives the family of the route, which the address may have told. */
export function readVia(w: Writer, words: Words, family: number): number {
  const named = familyNumber(words.word);
  if (named !== undefined) words.value();
  const { family: own, bytes } = readAddress(words.word, named ?? family);
  if (family === 0 || own === family) {
    w.attr(uapi.RTA_GATEWAY, bytes);
    return own;
  }
  const at = w.open(uapi.RTA_VIA);
  w.u16(own);
  w.raw(bytes);
  w.close(at);
  return family;
}

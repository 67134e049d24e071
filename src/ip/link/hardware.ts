/**
 * ip/link/hardware.ts - hardware addresses as iproute2 reads them: bytes with colons, or an IPv4 address.
 *
 * A byte is what begins as a hexadecimal number, as %x of scanf(3) takes it; what follows it is not looked at.
 */
import { Exit, MISTAKE } from '../failure.js';
import { readAddress } from '../address.js';
import * as uapi from '../../abi/uapi.js';

/** The most bytes that an address may have. */
const MAX = 32;

/** The bytes of an address, as many as there are. @throws {Exit} a part is none */
export function readHardware(word: string): Uint8Array {
  if (word.includes('.')) return readAddress(word, uapi.AF_INET).bytes;
  return Uint8Array.from(word.split(':').slice(0, MAX), byteOf);
}

function byteOf(part: string): number {
  const [, digits] = /^\s*(?:0[xX])?([0-9a-fA-F]+)/.exec(part) ?? [];
  const value = digits === undefined ? -1 : Number(BigInt.asUintN(32, BigInt(`0x${digits}`)));
  if (value >= 0 && value <= 0xff) return value;
  throw new Exit(MISTAKE, `"${part}" is invalid lladdr.\n`);
}

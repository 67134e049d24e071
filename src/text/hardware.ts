/**
 * text/hardware.ts - Ethernet addresses: six hexadecimal bytes with colons.
 */
import { FibError } from '../errors.js';

/** An Ethernet address as text, two digits a byte. */
export function formatHardware(address: Uint8Array): string {
  return Array.from(address, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/**
 * An Ethernet address from text; a byte may have one digit.
 * @throws {FibError} EINVAL
 */
export function parseHardware(text: unknown): Uint8Array {
  if (typeof text === 'string' && /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(text)) {
    return Uint8Array.from(text.split(':'), (byte) => parseInt(byte, 16));
  }
  throw new FibError('EINVAL', 'parse', {
    detail: `hardware address: expected six hexadecimal bytes with colons, got ${JSON.stringify(text)}`,
  });
}

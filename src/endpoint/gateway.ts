/**
 * endpoint/gateway.ts - gateways as a request gives them, RTA_GATEWAY or RTA_VIA, of a route or of one of its paths;
 * and what stands beside them: RTA_ENCAP, which is understood as far as refusing it.
 */
import * as uapi from '../abi/uapi.js';
import type { Gateway } from '../core/route-record.js';
import { FibError, type ErrnoName } from '../errors.js';
import { u16, u32be } from '../wire/bytes.js';

/** A request that cannot be: EINVAL, or what `code` says, with the kernel's text and the attribute it is about. */
export function refused(
  operation: string,
  extack: string,
  attr?: number,
  code: ErrnoName = 'EINVAL',
): FibError {
  return new FibError(code, operation, { extack, ...(attr !== undefined && { attr }) });
}

/** Bytes of an address behind the family of RTA_VIA, with the kernel's words for other lengths. */
const VIA_FORMS: Readonly<Record<number, readonly [number, string]>> = {
  [uapi.AF_INET]: [4, 'Invalid IPv4 address in RTA_VIA'],
  [uapi.AF_INET6]: [16, 'Invalid IPv6 address in RTA_VIA'],
};

/**
 * The gateway of RTA_VIA: u16 family, address (CFG-18). One of 0.0.0.0 is a gateway too.
 * @throws {FibError} EINVAL
 */
export function readVia(payload: Uint8Array, operation: string): Gateway {
  if (payload.length < 2) throw refused(operation, 'Invalid attribute length for RTA_VIA');
  const family = u16(payload, 0);
  const form = VIA_FORMS[family];
  if (form === undefined) throw refused(operation, 'Unsupported address family in RTA_VIA');
  const [size, text] = form;
  if (payload.length !== 2 + size) throw refused(operation, text);
  const words: number[] = [];
  for (let at = 2; at < payload.length; at += 4) words.push(u32be(payload, at));
  return { family, words };
}

/** The gateway of RTA_GATEWAY; none for 0.0.0.0 (CFG-17). */
export function readGateway(address: number): Gateway | undefined {
  return address === 0 ? undefined : { family: uapi.AF_INET, words: [address] };
}

export function sameGateway(a: Gateway | undefined, b: Gateway | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.family === b.family && a.words.every((word, i) => word === b.words[i]);
}

/** The greatest encapsulation type that Linux 6.18 has a name for, and those that are built in (LWTUNNEL_ENCAP_*). */
const ENCAP_TYPE_MAX = 10;
const ENCAP_TYPES_BUILT_IN: readonly number[] = [2, 4, 5, 6, 7];

/**
 * Refuses an RTA_ENCAP_TYPE that there is nothing for (CFG-22).
 * @param code errno of a type without a name
 * @throws {FibError} EOPNOTSUPP, `code`
 */
export function checkEncapType(type: number, operation: string, code: ErrnoName): void {
  if (type === 0 || type > ENCAP_TYPE_MAX) {
    throw refused(operation, 'Unknown lwt encapsulation type', undefined, code);
  }
  if (!ENCAP_TYPES_BUILT_IN.includes(type)) throw unsupportedEncap(operation);
}

/**
 * What to say of a path with RTA_ENCAP, at `at` in the message: it needs a type, and none is supported (CFG-22).
 */
export function encapRefusal(type: number, at: number, operation: string): FibError {
  return type === 0 ? refused(operation, 'Unknown LWT encapsulation type', at) : unsupportedEncap(operation);
}

function unsupportedEncap(operation: string): FibError {
  return refused(operation, 'lwt encapsulation type not supported', undefined, 'EOPNOTSUPP');
}

/**
 * ip/route/type.ts - route types by name, as iproute2 shortens them.
 */
import * as uapi from '../../abi/uapi.js';
import { unsigned } from '../number.js';
import { choose } from '../words.js';

const TYPES: readonly (readonly [string, number])[] = [
  ['local!', uapi.RTN_LOCAL],
  ['nat!', uapi.RTN_NAT],
  ['broadcast', uapi.RTN_BROADCAST],
  ['brd', uapi.RTN_BROADCAST],
  ['anycast', uapi.RTN_ANYCAST],
  ['multicast', uapi.RTN_MULTICAST],
  ['prohibit', uapi.RTN_PROHIBIT],
  ['unreachable', uapi.RTN_UNREACHABLE],
  ['blackhole', uapi.RTN_BLACKHOLE],
  ['xresolve', uapi.RTN_XRESOLVE],
  ['unicast', uapi.RTN_UNICAST],
  ['throw!', uapi.RTN_THROW],
];

/** The number of a route type by its name, or the number that the word is; undefined for other words. */
export function readType(word: string): number | undefined {
  return choose(word, TYPES) ?? unsigned(word, 0xff);
}

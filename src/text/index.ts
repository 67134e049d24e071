/**
 * text/index.ts - the entry `hoptrie/text`: addresses, prefixes and the lines of `ip route` to values and back.
 *
 * Pure functions, no I/O, no state. Text that is none gives a `FibError` EINVAL with the offset where reading stopped.
 *
 *   addresses    `parseAddress4`, `formatAddress4`, `scanAddress4`; for IPv6 with a 6
 *   prefixes     `parsePrefix4`, `formatPrefix4`, `parseInterface4`, `mask4`; for IPv6 with a 6
 *   routes       `parseRouteText`, `parseRouteLine`, `parseRouteJson`, `formatRouteLine`
 *   route cache  `formatRouteListing`, what `route -Cn` prints
 */
export {
  formatAddress4,
  formatAddress6,
  parseAddress4,
  parseAddress6,
  scanAddress4,
  scanAddress6,
} from './address.js';
export {
  formatPrefix4,
  formatPrefix6,
  mask4,
  parseInterface4,
  parseInterface6,
  parsePrefix4,
  parsePrefix6,
} from './prefix.js';
export type { MutablePrefix4, Prefix6 } from './prefix.js';
export { formatRouteLine } from './ipformat.js';
export type { FormatRouteOptions, InterfaceName } from './ipformat.js';
export { parseRouteJson } from './ipjson.js';
export { parseRouteLine, parseRouteText } from './iproute.js';
export type { ParseRouteOptions } from './route-draft.js';
export { parseMonitorEntry } from './monitor.js';
export { formatRouteListing } from './route-cache.js';

/**
 * text/index.ts - the room's public names.
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

/**
 * wire/rtentry.ts - struct rtentry, the argument of SIOCADDRT and SIOCDELRT (CFG section 15).
 *
 *   64 bits  8 dst  24 gateway  40 genmask  56 flags  80 metric  88 device  96 mtu  104 window  112 irtt  120
 *   32 bits  4 dst  20 gateway  36 genmask  52 flags  64 metric  68 device  72 mtu   76 window   80 irtt   84
 *
 * Addresses are struct sockaddr_in: u16 family, u16 port, address in network order, 8 bytes. The device is a pointer
 * to its name, which these bytes cannot hold: whoever calls gives the name apart. What is between has no meaning.
 * Source: <linux/route.h>, rules CFG-132, CFG-133.
 */
import { WireError } from '../errors.js';

/** An address with its family; those of another family than AF_INET are read as if they were of it. */
export interface SockAddr {
  readonly family: number;
  /** Host order. */
  readonly address: number;
}

/** A route as the ioctl names it. */
export interface RtEntry {
  readonly dst: SockAddr;
  readonly gateway: SockAddr;
  readonly genmask: SockAddr;
  /** RTF_* */
  readonly flags: number;
  /** Priority + 1, an i16; 0 = none. */
  readonly metric: number;
  /** With RTF_MTU: advertised segment size + 40. The low 32 bits, as of `window`. */
  readonly mtu: number;
  /** With RTF_WINDOW. */
  readonly window: number;
  /** With RTF_IRTT: initial round trip time in ms. */
  readonly irtt: number;
}

/** Places of the fields in one of the two forms. */
interface Layout {
  readonly bytes: number;
  readonly dst: number;
  readonly gateway: number;
  readonly genmask: number;
  readonly flags: number;
  readonly metric: number;
  readonly mtu: number;
  readonly window: number;
  readonly irtt: number;
}

const LAYOUTS: Readonly<Record<32 | 64, Layout>> = {
  64: {
    bytes: 120,
    dst: 8,
    gateway: 24,
    genmask: 40,
    flags: 56,
    metric: 80,
    mtu: 96,
    window: 104,
    irtt: 112,
  },
  32: { bytes: 84, dst: 4, gateway: 20, genmask: 36, flags: 52, metric: 64, mtu: 72, window: 76, irtt: 80 },
};

/**
 * The route in a struct of a 64-bit (120 bytes) or a 32-bit program (84 bytes).
 * @throws {WireError} another size
 */
export function decodeRtentry(bytes: Uint8Array): RtEntry {
  const layout = Object.values(LAYOUTS).find((form) => form.bytes === bytes.length);
  if (layout === undefined) throw new WireError(`rtentry of ${bytes.length} bytes`, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sockaddr = (at: number): SockAddr => ({
    family: view.getUint16(at, true),
    address: view.getUint32(at + 4),
  });
  return {
    dst: sockaddr(layout.dst),
    gateway: sockaddr(layout.gateway),
    genmask: sockaddr(layout.genmask),
    flags: view.getUint16(layout.flags, true),
    metric: view.getInt16(layout.metric, true),
    mtu: view.getUint32(layout.mtu, true),
    window: view.getUint32(layout.window, true),
    irtt: view.getUint16(layout.irtt, true),
  };
}

/** The struct of a 64-bit or a 32-bit program; the device pointer is null. */
export function encodeRtentry(entry: RtEntry, bits: 32 | 64 = 64): Uint8Array {
  const layout = LAYOUTS[bits];
  const bytes = new Uint8Array(layout.bytes);
  const view = new DataView(bytes.buffer);
  for (const name of ['dst', 'gateway', 'genmask'] as const) {
    view.setUint16(layout[name], entry[name].family, true);
    view.setUint32(layout[name] + 4, entry[name].address);
  }
  view.setUint16(layout.flags, entry.flags, true);
  view.setInt16(layout.metric, entry.metric, true);
  view.setUint32(layout.mtu, entry.mtu, true);
  view.setUint32(layout.window, entry.window, true);
  view.setUint16(layout.irtt, entry.irtt, true);
  return bytes;
}

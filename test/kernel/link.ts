/**
 * kernel/link.ts - RTM_NEWLINK and RTM_DELLINK: the devices of a scenario, and what happens to them.
 *
 * Devices are ifb (always with carrier) and pairs of veth (carrier follows the other end): a kernel has them without
 * further modules, and reports their carriers soon. Indexes follow from the order of creation; of a pair, the peer
 * comes first.
 */
import { MSG, NLM, attr, cat, message, text0, u32, u8 } from './bytes.js';
import { type Device, type Request, type World } from './world.js';

const IFLA = { ADDRESS: 1, IFNAME: 3, MTU: 4, CARRIER: 33, LINKINFO: 18 } as const;
const INFO = { KIND: 1, DATA: 2 } as const;
const VETH_PEER = 1;

/** A carrier is reported within a millisecond or two, when the machine is not busy. */
const SOON_MS = 40;
/** That of a device which is not up yet waits for its turn, a second or more. */
const LATE_MS = 2100;
const IFF_UP = 1;

/** struct ifinfomsg */
const header = (index = 0, flags = 0, change = 0): Uint8Array =>
  cat(u8(0, 0, 0, 0), u32(index), u32(flags), u32(change));

const request = (type: number, mode: number, ...payload: readonly Uint8Array[]): Uint8Array =>
  message(type, NLM.REQUEST | NLM.ACK | mode, ...payload);

const nameAttrs = (name: string, last: number): Uint8Array =>
  cat(attr(IFLA.IFNAME, text0(name)), attr(IFLA.ADDRESS, u8(2, 0, 0, 0, 0x33, last)));

function addIfb({ name, index }: Device): Request {
  const bytes = request(
    MSG.NEWLINK,
    NLM.CREATE | NLM.EXCL,
    header(),
    nameAttrs(name, index),
    attr(IFLA.LINKINFO, attr(INFO.KIND, text0('ifb'))),
  );
  return { bytes, words: `ip link add ${name} type ifb` };
}

function addPair(device: Device, peer: Device): Request {
  const data = attr(INFO.DATA, attr(VETH_PEER, header(), nameAttrs(peer.name, peer.index)));
  const bytes = request(
    MSG.NEWLINK,
    NLM.CREATE | NLM.EXCL,
    header(),
    nameAttrs(device.name, device.index),
    attr(IFLA.LINKINFO, attr(INFO.KIND, text0('veth')), data),
  );
  return { bytes, words: `ip link add ${device.name} type veth peer name ${peer.name}`, settleMs: LATE_MS };
}

/** The devices of a fresh namespace, and the requests that make them. */
export function topology(ifbs: number, pairs: number): { devices: Device[]; requests: Request[] } {
  const devices: Device[] = [{ name: 'lo', index: 1, kind: 'loopback' }];
  const requests: Request[] = [];
  for (let i = 0; i < ifbs; i++) {
    const device: Device = { name: `e${i}`, index: devices.length + 1, kind: 'ifb' };
    devices.push(device);
    requests.push(addIfb(device));
  }
  for (let i = 0; i < pairs; i++) {
    const peer: Device = { name: `w${i}`, index: devices.length + 1, kind: 'veth' };
    const device: Device = { name: `v${i}`, index: devices.length + 2, kind: 'veth' };
    devices.push(peer, device);
    requests.push(addPair(device, peer));
  }
  return { devices, requests };
}

export function setUp(device: Device, up: boolean): Request {
  return {
    bytes: request(MSG.NEWLINK, 0, header(device.index, up ? IFF_UP : 0, IFF_UP)),
    words: `ip link set ${device.name} ${up ? 'up' : 'down'}`,
    settleMs: SOON_MS,
  };
}

function setMtu({ name, index }: Device, mtu: number): Request {
  const bytes = request(MSG.NEWLINK, 0, header(index), attr(IFLA.MTU, u32(mtu)));
  return { bytes, words: `ip link set ${name} mtu ${mtu}`, settleMs: SOON_MS };
}

function rename(device: Device, name: string): Request {
  const bytes = request(MSG.NEWLINK, 0, header(device.index), attr(IFLA.IFNAME, text0(name)));
  const words = `ip link set ${device.name} name ${name}`;
  device.name = name;
  return { bytes, words, settleMs: SOON_MS };
}

function remove({ name, index }: Device): Request {
  return { bytes: request(MSG.DELLINK, 0, header(index)), words: `ip link del ${name}`, settleMs: SOON_MS };
}

/** Something that happens to a device: down, up, another MTU, another name, gone. */
export function linkEvent(world: World): Request {
  const { chance } = world;
  const device = world.device();
  const kind = chance.below(100);
  if (kind < 38) return setUp(device, false);
  if (kind < 78) return setUp(device, true);
  if (kind < 86) return setMtu(device, chance.pick([1400, 1500, 9000, 68, 67, 60]));
  if (kind < 92 && device.kind !== 'loopback')
    return rename(device, `${device.name[0] ?? 'x'}${chance.pick([3, 4, 5])}`);
  return device.kind === 'loopback' ? setUp(device, true) : remove(device);
}

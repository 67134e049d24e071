/**
 * link/carrier.ts - who has carrier, and when that is told.
 *
 * A change of carrier counts at once, but operational state, RUNNING, the paths of routes and the notice follow later,
 * with a report (CFG-116). Reports come together, at the end of the operation when the last ones are a second ago,
 * else when that second is over. Urgent ones come at the end of the operation in any case: those of a veth that is up,
 * and of a device that is up, was told to have none and has carrier again. **[V]** by experiment on 6.18.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Core } from '../core/core.js';
import type { Device, Devices } from '../core/device.js';

/** Milliseconds between reports that are not urgent. */
const INTERVAL_MS = 1000;
/** Places in the queue; devices beyond them share the last. */
const LAST_PLACE = 255;

/** The carrier of the devices of one Netns. */
export class Carrier {
  readonly #core: Core;
  readonly #devices: Devices;
  /** Tells others of a report. */
  readonly #onReport: (device: Device) => void;
  /** False only when no report is to come; saves the search. */
  #mayBePending = true;
  /** True when the operation that is going on made an urgent change. */
  #isUrgent = false;

  constructor(core: Core, devices: Devices, onReport: (device: Device) => void) {
    this.#core = core;
    this.#devices = devices;
    this.#onReport = onReport;
  }

  /** Gives or takes carrier; a change will be reported. */
  set(device: Device, is: boolean): void {
    if (device.hasCarrier === is) return;
    device.hasCarrier = is;
    this.#isUrgent ||= isUrgent(device);
    if (device.pending !== 0) return;
    const last = this.#pending().at(-1)?.pending ?? 0;
    device.pending = Math.min(last + 1, LAST_PLACE);
    this.#mayBePending = true;
  }

  /** Makes the report of this device at once, if there is one to come. */
  sync(device: Device): void {
    if (device.pending !== 0) this.#report(device);
  }

  /** Makes the reports that are due now, and those that follow from them. To be called at the end of an operation. */
  run(): void {
    do {
      const pending = this.#pending();
      const isAnyUrgent = this.#isUrgent;
      this.#isUrgent = false;
      if (pending.length === 0) return;
      const isDue = this.#isDue();
      for (const device of pending) if (isDue || (isAnyUrgent && isUrgent(device))) this.#report(device);
    } while (this.#isUrgent);
  }

  /** True when the last reports are long enough ago; the next ones will have to wait then. */
  #isDue(): boolean {
    const { view } = this.#core;
    const now = view.getFloat64(abi.STATE_NOW, true);
    if (now < view.getFloat64(abi.STATE_NEXT_REPORT, true)) return false;
    view.setFloat64(abi.STATE_NEXT_REPORT, now + INTERVAL_MS, true);
    return true;
  }

  /** The devices are what they were at another time: some may have reports to come. */
  reload(): void {
    this.#mayBePending = true;
    this.#isUrgent = false;
  }

  /** Lets the clock go on, report by report. */
  advance(ms: number): void {
    const until = this.#core.view.getFloat64(abi.STATE_NOW, true) + ms;
    while (this.#pending().length > 0) {
      const { view } = this.#core;
      const next = view.getFloat64(abi.STATE_NEXT_REPORT, true);
      if (next > until) break;
      view.setFloat64(abi.STATE_NOW, Math.max(next, view.getFloat64(abi.STATE_NOW, true)), true);
      this.#core.exports.cacheRun();
      this.run();
    }
    this.#core.view.setFloat64(abi.STATE_NOW, until, true);
    this.#core.exports.cacheRun();
  }

  /** Devices whose report is to come, in the order of their changes. */
  #pending(): Device[] {
    if (!this.#mayBePending) return [];
    const pending = this.#devices.all().filter((device) => device.pending !== 0);
    this.#mayBePending = pending.length > 0;
    return pending.sort((a, b) => a.pending - b.pending);
  }

  #report(device: Device): void {
    device.pending = 0;
    device.operstate = operstateOf(device);
    if (device.isUp) this.#onReport(device);
  }
}

/** True for a report that does not wait. */
function isUrgent(device: Device): boolean {
  if (!device.isUp) return false;
  return device.kind === abi.LINK_VETH || (device.hasCarrier && (device.shownFlags & uapi.IFF_RUNNING) === 0);
}

/** The operational state that follows from carrier. */
function operstateOf(device: Device): number {
  if (device.hasCarrier) return uapi.IF_OPER_UP;
  return device.kind === abi.LINK_VETH ? uapi.IF_OPER_LOWERLAYERDOWN : uapi.IF_OPER_DOWN;
}

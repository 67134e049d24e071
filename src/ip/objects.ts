/**
 * ip/objects.ts - the objects of `ip`, in the order in which their abbreviations are tried.
 */
import { absent } from './absent.js';
import { address } from './address/address.js';
import { Exit, USAGE } from './failure.js';
import { HELP } from './help.js';
import type { Task } from './io.js';
import { link } from './link/link.js';
import { monitor } from './monitor.js';
import { neighbor } from './neighbor.js';
import { netconf } from './netconf.js';
import { nexthop } from './nexthop/nexthop.js';
import { route } from './route/route.js';
import { rule } from './rule/rule.js';
import type { Session } from './session.js';
import { vrf } from './vrf.js';
import type { Words } from './words.js';

/** A command: `words` stand behind the object. It ends well, or throws `Failed` or `Exit`. */
export type Command = (session: Session, words: Words) => Task;

/** Every object by its name; one that ends with `!` takes no abbreviation. */
export const OBJECTS: readonly (readonly [string, Command])[] = [
  ['address', address],
  ['addrlabel', absent],
  ['maddress', absent],
  ['route', route],
  ['rule', rule],
  ['neighbor', neighbor],
  ['neighbour', neighbor],
  ['ntable', absent],
  ['ntbl', absent],
  ['link', link],
  ['l2tp', absent],
  ['fou', absent],
  ['ila', absent],
  ['macsec', absent],
  ['tunnel', absent],
  ['tunl', absent],
  ['tuntap', absent],
  ['tap', absent],
  ['token', absent],
  ['tcpmetrics', absent],
  ['tcp_metrics', absent],
  ['monitor', monitor],
  ['xfrm', absent],
  ['mroute', absent],
  ['mrule', absent],
  ['netns', absent],
  ['netconf', netconf],
  ['vrf', vrf],
  ['sr', absent],
  ['nexthop', nexthop],
  ['mptcp', absent],
  ['ioam', absent],
  ['help', help],
  ['stats', absent],
];

function* help(): Task {
  throw new Exit(USAGE, HELP);
}

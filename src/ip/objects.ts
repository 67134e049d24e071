/**
 * ip/objects.ts - the objects of `ip`, in the order in which their abbreviations are tried.
 */
import { address } from './address/address.js';
import { Exit, USAGE } from './failure.js';
import { HELP } from './help.js';
import type { Task } from './io.js';
import { link } from './link/link.js';
import { monitor } from './monitor.js';
import { netconf } from './netconf.js';
import { nexthop } from './nexthop/nexthop.js';
import { route } from './route/route.js';
import { rule } from './rule/rule.js';
import type { Session } from './session.js';
import type { Words } from './words.js';

/** A command: `words` stand behind the object. It ends well, or throws `Failed` or `Exit`. */
export type Command = (session: Session, words: Words) => Task;

/** Every object by its name; one that ends with `!` takes no abbreviation. */
export const OBJECTS: readonly (readonly [string, Command])[] = [
  ['address', address],
  ['route', route],
  ['rule', rule],
  ['link', link],
  ['monitor', monitor],
  ['netconf', netconf],
  ['nexthop', nexthop],
  ['help', help],
];

function* help(): Task {
  throw new Exit(USAGE, HELP);
}

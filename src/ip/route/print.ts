/**
 * ip/route/print.ts - a route message as a line of `ip route`, or as an object of JSON.
 */
import * as uapi from '../../abi/uapi.js';
import { WireError } from '../../errors.js';
import { printRoute, type CacheInfo, type Hideable, type RouteExtras } from '../../text/ipformat.js';
import { Writer, u32 } from '../../wire/bytes.js';
import { NHMSG_BYTES, decodeNexthop, type NexthopMessage } from '../../wire/nexthop.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { decodeRoute, type RouteMessage } from '../../wire/route.js';
import type { Task } from '../io.js';
import { printNexthopInfo } from '../nexthop/print.js';
import type { Session } from '../session.js';

/** How the routes of one command are shown. */
export interface RouteView {
  /** The table is written where it is not main. */
  readonly tables?: boolean;
  readonly hidden?: ReadonlySet<Hideable>;
}

/** Shows a route that came, changed or went; a message that tells none is passed over. */
export function* printRouteMessage(
  session: Session,
  message: NlMsg,
  { tables = true, hidden = new Set() }: RouteView = {},
): Task {
  const route = routeOf(message);
  if (route === undefined) return;
  const { out, options, names } = session;
  const extras = extrasOf(route);
  const links = route.nexthops.map(({ oif }) => oif ?? 0);
  if (links.length === 1 && !hidden.has('dev')) yield* session.learn(...links);
  yield* session.learn(extras.iif ?? 0);
  const object = options.details > 0 ? yield* nexthopOf(session, route.nhid) : undefined;
  if (links.length > 1) yield* session.learn(...links);
  out.openObject();
  if (message.type === uapi.RTM_DELROUTE) out.put('deleted', true, 'Deleted ');
  printRoute(out, route, {
    details: options.details > 0,
    stats: options.stats > 0,
    numeric: options.numeric,
    tables,
    hidden,
    lineEnd: out.lineEnd,
    names,
    linkName: (index) => session.linkName(index),
    extras,
    beforePaths: () => object && printNexthopInfo(session, object),
  });
  out.text('\n');
  out.closeObject();
}

function routeOf({ payload }: NlMsg): RouteMessage | undefined {
  try {
    return decodeRoute(payload);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** What an answer says besides its route. */
function extrasOf({ unknown = [] }: RouteMessage): RouteExtras {
  const extras: { -readonly [field in keyof RouteExtras]: RouteExtras[field] } = {};
  for (const { type, payload } of unknown) {
    if (type === uapi.RTA_CACHEINFO && payload.length >= 20) extras.cache = cacheInfo(payload);
    else if (payload.length < 4) continue;
    else if (type === uapi.RTA_MARK) extras.mark = u32(payload, 0);
    else if (type === uapi.RTA_UID) extras.uid = u32(payload, 0);
    else if (type === uapi.RTA_IIF) extras.iif = u32(payload, 0);
  }
  return extras;
}

/** struct rta_cacheinfo: clntref, lastuse, expires, error, used (NL-18). */
function cacheInfo(payload: Uint8Array): CacheInfo {
  return {
    users: u32(payload, 0),
    lastUse: u32(payload, 4),
    expires: u32(payload, 8) | 0,
    error: u32(payload, 12),
    used: u32(payload, 16),
  };
}

/** The nexthop object of a route; each is asked for once. */
function* nexthopOf(session: Session, id: number | undefined): Task<NexthopMessage | undefined> {
  if (id === undefined) return undefined;
  const known = session.nexthops.get(id);
  if (known !== undefined) return known;
  const w = new Writer();
  w.zeros(NHMSG_BYTES);
  w.attr32(uapi.NHA_ID, id);
  const answer = yield* session.askApart({ type: uapi.RTM_GETNEXTHOP, payload: w.take() });
  if (answer === undefined) return undefined;
  const object = decodeNexthop(answer.payload);
  session.nexthops.set(id, object);
  yield* session.learn(object.oif ?? 0);
  return object;
}

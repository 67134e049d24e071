/**
 * endpoint/services.ts - who serves which message type of NETLINK_ROUTE.
 */
import { ABSENT_SERVICES } from './absent.js';
import { ADDRESS_SERVICES } from './address.js';
import { LINK_SERVICES } from './link.js';
import { NETCONF_SERVICES } from './netconf.js';
import { NEXTHOP_SERVICES } from './nexthop.js';
import type { Service } from './request.js';
import { RULE_SERVICES } from './rule.js';
import { ROUTE_SERVICES } from './route.js';

/** The greatest message type that the kernel knows; beyond it even rights are not looked at. */
export const RTM_MAX = 123;

/** Message type to service; a type that is missing here has no handler (CFG-2). */
export const SERVICES: Readonly<Partial<Record<number, Service>>> = {
  ...LINK_SERVICES,
  ...ADDRESS_SERVICES,
  ...ROUTE_SERVICES,
  ...RULE_SERVICES,
  ...NEXTHOP_SERVICES,
  ...NETCONF_SERVICES,
  ...ABSENT_SERVICES,
};

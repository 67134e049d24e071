/**
 * endpoint/bucket.ts - RTM_GETNEXTHOPBUCKET: the buckets of resilient groups, one or all (NL-30).
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { NexthopObject } from '../model/nexthop.js';
import type { Netns } from '../netns.js';
import { refused } from '../nexthop-request.js';
import { encodeBucket } from '../wire/nexthop.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { parseAttrs, type Attrs, type Policy } from './attrs.js';
import { ATTRS_AT, isOn, nestOf, readFilter, readId } from './nexthop-header.js';
import type { DumpMessage, DumpSource, Request, Service } from './request.js';

const GET = 'nexthop bucket get';
const DUMP = 'nexthop bucket dump';

const GET_POLICY: Policy = { [uapi.NHA_ID]: { kind: 'u32' }, [uapi.NHA_RES_BUCKET]: { kind: 'nested' } };
const INDEX_POLICY: Policy = { [uapi.NHA_RES_BUCKET_INDEX]: { kind: 'u16' } };
const DUMP_POLICY: Policy = {
  ...GET_POLICY,
  [uapi.NHA_OIF]: { kind: 'u32' },
  [uapi.NHA_MASTER]: { kind: 'u32' },
};
const NEXTHOP_POLICY: Policy = { [uapi.NHA_RES_BUCKET_NH_ID]: { kind: 'u32' } };

/** Who serves the messages of buckets. */
export const BUCKET_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_GETNEXTHOPBUCKET]: { act: getBucket, dump: dumpBuckets },
};

function getBucket(ns: Netns, request: Request): void {
  const attrs = parseAttrs(request, ATTRS_AT, GET_POLICY, uapi.NHA_RES_BUCKET, 'strict');
  const id = readId(request, attrs, GET);
  if (!attrs.has(uapi.NHA_RES_BUCKET)) throw refused(GET, 'Bucket information is missing');
  const nest = nestOf(request, attrs, uapi.NHA_RES_BUCKET, INDEX_POLICY, uapi.NHA_RES_BUCKET_INDEX);
  const index = nest.u16(uapi.NHA_RES_BUCKET_INDEX);
  if (index === undefined) throw refused(GET, 'Bucket index is missing');
  const { buckets } = resilienceOf(ns, id, GET);
  if (index >= buckets) throw new FibError('ENOENT', GET, { extack: 'Bucket index out of bounds' });
  request.reply(uapi.RTM_NEWNEXTHOPBUCKET, 0, encodeBucket(ns.nexthop.bucket(id, index)));
}

/** What is said of the buckets of a group, which must be resilient. */
function resilienceOf(ns: Netns, id: number, operation: string): NonNullable<NexthopObject['resilience']> {
  const object = ns.nexthop.get(id);
  if (object === undefined) throw new FibError('ENOENT', operation);
  if (object.group === undefined) throw refused(operation, 'Not a nexthop group');
  if (object.resilience === undefined) throw refused(operation, 'Nexthop group not of type resilient');
  return object.resilience;
}

function dumpBuckets(ns: Netns, request: Request): DumpSource {
  const attrs = parseDump(request);
  const only = wantedId(attrs, uapi.NHA_ID);
  const member = readMember(request, attrs);
  const filter = readFilter(request, attrs, DUMP);
  if (only !== undefined) resilienceOf(ns, only, DUMP);
  const family = request.bytes[NLMSG_HEADER]!;
  function* messages(): Generator<DumpMessage, void, undefined> {
    for (const { id, resilience } of ns.nexthop.each()) {
      if (only !== undefined && id !== only) continue;
      for (let index = 0; index < (resilience?.buckets ?? 0); index++) {
        const bucket = ns.nexthop.bucket(id, index);
        if (member !== undefined && bucket.nhid !== member) continue;
        const path = ns.nexthop.get(bucket.nhid)!;
        if (!isOn(ns, filter, path.oif) || (family !== 0 && path.family !== family)) continue;
        yield { type: uapi.RTM_NEWNEXTHOPBUCKET, payload: encodeBucket(bucket) };
      }
    }
  }
  return { messages: messages(), generation: () => ns.nexthop.generation };
}

/** Mistakes in these attributes are refused without a word. */
function parseDump(request: Request): Attrs {
  try {
    return parseAttrs(request, ATTRS_AT, DUMP_POLICY, uapi.NHA_RES_BUCKET, 'strict');
  } catch (error) {
    if (!(error instanceof FibError) || request.bytes.length < ATTRS_AT) throw error;
    throw new FibError(error.code, DUMP);
  }
}

/** The id of the member that buckets are asked for. */
function readMember(request: Request, attrs: Attrs): number | undefined {
  if (!attrs.has(uapi.NHA_RES_BUCKET)) return undefined;
  const nest = nestOf(request, attrs, uapi.NHA_RES_BUCKET, NEXTHOP_POLICY, uapi.NHA_RES_BUCKET_NH_ID);
  return wantedId(nest, uapi.NHA_RES_BUCKET_NH_ID);
}

function wantedId(attrs: Attrs, type: number): number | undefined {
  const id = attrs.u32(type);
  if (id === 0) throw refused(DUMP, 'Invalid nexthop id');
  return id;
}

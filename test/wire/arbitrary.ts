/**
 * wire/arbitrary.ts - route messages for property tests: usual ones, and odd ones of every kind that a reader in bulk has
 * to leave to others.
 */
import fc from 'fast-check';
import * as uapi from '../../src/abi/uapi.js';
import { attr, half, record, rtmsg, word } from '../endpoint/routes.js';
import { hex } from './samples.js';

/** Addresses as they stand on the wire: few, so that routes meet. */
const address = fc.constantFrom(
  '0a000000',
  '0a010000',
  '0a010100',
  '0b000000',
  'c0000200',
  '00000000',
  '0a010101',
);
const gateway = fc.constantFrom('c0000201', 'c0000202', 'c0000203');
const oif = fc.constantFrom(2, 2, 3, 3, 7, 8).map(word);
const number = fc.constantFrom(0, 1, 5, 0xffffffff, 0x80000000).map(word);

/** Attributes of a usual route. */
const usual = fc.record(
  {
    [uapi.RTA_TABLE]: fc.constantFrom(254, 254, 0, 100, 255).map(word),
    [uapi.RTA_DST]: address,
    [uapi.RTA_PRIORITY]: number,
    [uapi.RTA_PREFSRC]: fc.constantFrom('c0000205', '00000000'),
    [uapi.RTA_GATEWAY]: gateway,
    [uapi.RTA_OIF]: oif,
    [uapi.RTA_FLOW]: fc.constantFrom(word(1), word(0x20003)),
  },
  { requiredKeys: [uapi.RTA_DST] },
);

/** Paths in RTA_MULTIPATH, mostly with a gateway alone. */
const path = fc
  .record({
    oif: fc.constantFrom(2, 3, 3, 0, 7),
    attrs: fc.oneof(
      { arbitrary: gateway.map((via) => attr(uapi.RTA_GATEWAY, via)), weight: 6 },
      fc.constantFrom('', attr(uapi.RTA_GATEWAY, '00000000'), attr(uapi.RTA_FLOW, word(9)), '0800'),
    ),
    flags: fc.constantFrom(0, 0, 4, 4, 1, 16),
    weight: fc.constantFrom(1, 1, 2, 256),
  })
  .map(({ oif, attrs, flags, weight }) => record(oif, attrs, flags, weight));
const multipath = fc
  .oneof(
    { arbitrary: fc.array(path, { minLength: 1, maxLength: 4 }), weight: 9 },
    fc.array(path, { minLength: 16, maxLength: 18 }),
    fc.constant([]),
  )
  .map((paths) => attr(uapi.RTA_MULTIPATH, paths.join('')));

/** Attributes that are unusual: of other types, lengths and flags, or with a value that means something else. */
const odd = fc.oneof(
  multipath,
  multipath,
  fc.constantFrom(
    attr(uapi.RTA_GATEWAY, '00000000'),
    attr(uapi.RTA_OIF, word(0)),
    attr(uapi.RTA_OIF, word(0xffffffff)),
    attr(uapi.RTA_FLOW, word(0)),
    attr(uapi.RTA_NH_ID, word(1)),
    attr(uapi.RTA_NH_ID, word(99)),
    attr(uapi.RTA_VIA, `0200${'c0000209'}`),
    attr(uapi.RTA_METRICS, attr(2, word(1400))),
    attr(uapi.RTA_METRICS, ''),
    attr(uapi.RTA_MARK, word(1)),
    attr(uapi.RTA_DST, '0a00'),
    attr(uapi.RTA_DST, '0a00000000000000'),
    attr(uapi.RTA_TABLE | 0x8000, word(7)),
    attr(uapi.RTA_PRIORITY, word(3)),
    attr(99, ''),
    half(2) + half(1),
    half(40) + half(uapi.RTA_DST),
    '0000',
  ),
);

const head = fc.record(
  {
    family: fc.constantFrom(2, 2, 2, 2, 2, 2, 10, 28),
    length: fc.constantFrom(8, 16, 16, 24, 24, 32, 0, 33),
    source: fc.constantFrom(0, 0, 0, 0, 0, 8),
    tos: fc.constantFrom(0, 0, 0, 16, 1),
    table: fc.constantFrom(254, 0, 100),
    protocol: fc.constantFrom(3, 4, 0),
    scope: fc.constantFrom(0, 0, 253, 254, 255),
    type: fc.constantFrom(1, 1, 1, 1, 1, 2, 6, 7, 0, 12),
    flags: fc.constantFrom(0, 4, 4, 4, 1, 0x200, 0x4000),
  },
  { requiredKeys: ['length'] },
);

/** Payload of a route message: struct rtmsg and attributes in any order. */
const payload = fc
  .record({
    head,
    attrs: usual.chain((attrs) =>
      fc.shuffledSubarray(
        Object.entries(attrs).map(([type, value]) => attr(Number(type), value)),
        { minLength: Object.keys(attrs).length },
      ),
    ),
    odd: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, fc.array(odd, { minLength: 1, maxLength: 2 })),
    isOddFirst: fc.boolean(),
  })
  .map(({ head, attrs, odd, isOddFirst }) =>
    hex(
      rtmsg({ ...head, flags: head.flags ?? 4 }) +
        (isOddFirst ? [...odd, ...attrs] : [...attrs, ...odd]).join(''),
    ),
  );

/** A message: its type, nlmsg_flags and payload. */
export const message = fc.record({
  type: fc.constantFrom(24, 24, 24, 24, 24, 24, 25, 25, 16, 3),
  flags: fc.constantFrom(2, 2, 2, 0, 0x401, 0x405, 0x501, 0x601, 0xc01, 0xc05, 0x505, 0x409, 1),
  payload: fc.oneof({ arbitrary: payload, weight: 20 }, fc.uint8Array({ maxLength: 40 })),
});

/** A message that is most likely usual. */
export const plainMessage = fc.record({
  type: fc.constantFrom(24, 24, 24, 24, 25),
  flags: fc.constantFrom(2, 2, 0x401, 0x501, 0xc05),
  payload: fc
    .record({ attrs: usual, length: fc.constantFrom(8, 16, 24), type: fc.constantFrom(1, 1, 1, 6) })
    .map(({ attrs, length, type }) =>
      hex(
        rtmsg({ length, type, flags: 4 }) +
          Object.entries(attrs)
            .map(([kind, value]) => attr(Number(kind), value))
            .join(''),
      ),
    ),
});

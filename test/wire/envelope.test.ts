/**
 * wire/envelope.test.ts - messages, attributes and the file of `ip route save`: whole, cut, and in pieces.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  FibError,
  WireError,
  decodeAttrs,
  decodeMessage,
  decodeMessages,
  decodeRouteSave,
  encodeAttrs,
  encodeMessage,
  encodeMessages,
  encodeRouteSave,
  messages,
  readRouteSave,
  routeSaveMessages,
} from '../../src/wire/index.js';
import type { NlMsg } from '../../src/wire/index.js';
import { GOLDEN } from './golden.js';
import { RECORDED, hex, recording, recordings, toHex } from './samples.js';

function offsetOf(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    assert(error instanceof WireError, String(error));
    assert.equal(error.code, 'EBADMSG');
    return error.offset;
  }
  assert.fail('was accepted');
}

/** A message without the view and the place that decoding adds. */
function plain({ type, flags, seq, pid, payload }: NlMsg): unknown {
  return { type, flags, seq, pid, payload: toHex(payload) };
}

const u32 = fc.nat({ max: 0xffffffff });
const u16 = fc.nat({ max: 0xffff });
const message = fc.record(
  { type: u16, flags: u16, seq: u32, pid: u32, payload: fc.uint8Array({ maxLength: 40 }) },
  { noNullPrototype: true },
);

describe('messages', () => {
  const two = hex('11000000 1800 0206 01000000 02000000 aa 000000 | 10000000 0300 0000 00000000 ffffffff');

  test('NL-1 the next message starts at the length rounded up to 4', () => {
    assert.deepEqual(decodeMessages(two), [
      { type: 24, flags: 0x602, seq: 1, pid: 2, payload: hex('aa'), offset: 0 },
      { type: 3, flags: 0, seq: 0, pid: 0xffffffff, payload: hex(''), offset: 20 },
    ]);
    assert.deepEqual(decodeMessages(hex('')), []);
    assert.equal(decodeMessage(two, 20, 1000).offset, 1020);
  });

  test('a payload is a view', () => {
    assert.equal(decodeMessages(two)[0]?.payload.buffer, two.buffer);
  });

  test('NL-1 the last message may lack its padding', () => {
    assert.equal(decodeMessages(two.subarray(0, 17)).length, 1);
  });

  test.each([
    ['10', 0],
    ['10000000 0300 0000 00000000 000000', 0],
    ['0f000000 0300 0000 00000000 00000000', 0],
    ['00000000 0300 0000 00000000 00000000', 0],
    ['11000000 0300 0000 00000000 00000000', 0],
    ['ffffffff 0300 0000 00000000 00000000', 0],
    ['10000000 0300 0000 00000000 00000000 0000', 16],
    ['10000000 0300 0000 00000000 00000000 00000000 0300 0000 00000000 00000000', 16],
  ])('NL-2 %s is refused at %i', (text, offset) => {
    assert.equal(
      offsetOf(() => decodeMessages(hex(text))),
      offset,
    );
  });

  test('NL-56 the generator gives what is whole before it refuses', () => {
    const taken: NlMsg[] = [];
    assert.equal(
      offsetOf(() => {
        for (const one of messages(two.subarray(0, 30))) taken.push(one);
      }),
      20,
    );
    assert.equal(taken.length, 1);
  });

  test('what is encoded decodes to the same', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (list) => {
        const bytes = encodeMessages(list);
        assert.equal(bytes.length % 4, 0);
        assert.deepEqual(
          decodeMessages(bytes).map(plain),
          list.map((one) => plain({ ...one, offset: 0 })),
        );
      }),
    );
  });

  test('numbers not given are 0', () => {
    assert.equal(
      toHex(encodeMessage({ type: 3, payload: hex('01') })),
      toHex(hex('11000000 0300 0000 00000000 00000000 01000000')),
    );
  });
});

describe('attributes', () => {
  test('NL-9, NL-10 length, type, flags, padding', () => {
    const bytes = hex('0500 0180 aa 000000 | 0400 ff7f | 0800 0200 01020304');
    const attrs = decodeAttrs(bytes);
    assert.deepEqual(attrs, [
      { type: 1, flags: 0x8000, payload: hex('aa') },
      { type: 0x3fff, flags: 0x4000, payload: hex('') },
      { type: 2, flags: 0, payload: hex('01020304') },
    ]);
    assert.deepEqual(encodeAttrs(attrs), bytes);
  });

  test('NL-11 fewer than 4 bytes behind the last one, or a lack of padding, is passed over', () => {
    assert.deepEqual(decodeAttrs(hex('0400 0100 | 080002')), decodeAttrs(hex('0400 0100')));
    assert.deepEqual(decodeAttrs(hex('0500 0100 aa')), decodeAttrs(hex('0500 0100 aa 000000')));
  });

  test.each([
    ['0300 0100', 0],
    ['0000 0100', 0],
    ['0500 0100', 0],
    ['0400 0100 | 0900 0100 00000000', 4],
    ['ffff 0100 00000000', 0],
  ])('%s is refused at %i', (text, offset) => {
    assert.equal(
      offsetOf(() => decodeAttrs(hex(text))),
      offset,
    );
    assert.equal(
      offsetOf(() => decodeAttrs(hex(text), 100)),
      100 + offset,
    );
  });

  test('what is encoded decodes to the same', () => {
    const attr = fc.record(
      {
        type: fc.nat({ max: 0x3fff }),
        flags: fc.constantFrom(0, 0x8000, 0x4000, 0xc000),
        payload: fc.uint8Array(),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(attr), (attrs) => assert.deepEqual(decodeAttrs(encodeAttrs(attrs)), attrs)),
    );
  });

  test('a payload that no length can tell is refused', () => {
    assert.equal(encodeAttrs([{ type: 1, flags: 0, payload: new Uint8Array(65531) }]).length, 65536);
    assert.throws(
      () => encodeAttrs([{ type: 1, flags: 0, payload: new Uint8Array(65532) }]),
      (error) => error instanceof FibError && error.code === 'EINVAL',
    );
  });
});

describe('the file of ip route save', () => {
  const list = GOLDEN.map(({ bytes }) => decodeMessage(hex(bytes)));
  const file = encodeRouteSave(list);

  async function inPieces(bytes: Uint8Array, sizes: readonly number[]): Promise<NlMsg[]> {
    const pieces: Uint8Array[] = [];
    for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!) {
      pieces.push(bytes.subarray(at, at + sizes[i % sizes.length]!));
    }
    const taken: NlMsg[] = [];
    for await (const one of readRouteSave(pieces)) taken.push(one);
    return taken;
  }

  test('NL-51 magic, then messages', () => {
    assert.equal(toHex(file.subarray(0, 4)), '24123145');
    assert.deepEqual(decodeRouteSave(file).map(plain), list.map(plain));
    assert.equal(decodeRouteSave(file)[1]?.offset, 4 + 16 + list[0]!.payload.length);
    assert.deepEqual(encodeRouteSave(decodeRouteSave(file)), file);
    assert.deepEqual(decodeRouteSave(hex('24123145')), []);
  });

  test.each([
    ['', /no magic/],
    ['241231', /no magic/],
    ['45311224', /big-endian/],
    ['22123647', /ip address save/],
    ['86697071', /ip rule save/],
    ['3c000000 1800', /0x3c is not the magic/],
  ])('NL-52 a file that begins with %j', async (text, why) => {
    const refused = (error: unknown) =>
      error instanceof WireError && error.offset === 0 && why.test(error.message);
    assert.throws(() => decodeRouteSave(hex(text)), refused);
    await assert.rejects(inPieces(hex(text), [1]), refused);
  });

  test('cut anywhere, what is whole is given, and the offset of the rest', async () => {
    const starts = decodeRouteSave(file).map(({ offset }) => offset);
    for (let length = 4; length < file.length; length++) {
      const whole = starts.filter((_, i) => (starts[i + 1] ?? file.length) <= length).length;
      const cut = starts.includes(length) ? undefined : (starts[whole] ?? length);
      const taken: number[] = [];
      const run = () => {
        for (const { offset } of routeSaveMessages(file.subarray(0, length))) taken.push(offset);
      };
      if (cut === undefined) run();
      else assert.equal(offsetOf(run), cut);
      assert.deepEqual(taken, starts.slice(0, whole));
    }
    await assert.rejects(inPieces(file.subarray(0, file.length - 1), [7]), WireError);
  });

  test('pieces of any size give the same messages', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (some) => {
        assert.deepEqual(await inPieces(file, some), decodeRouteSave(file));
      }),
    );
  });

  test('a last message without its padding, whole or in pieces', async () => {
    const bytes = encodeRouteSave([{ type: 24, payload: hex('aa') }]).subarray(0, 21);
    assert.equal(decodeRouteSave(bytes).length, 1);
    assert.equal((await inPieces(bytes, [5])).length, 1);
  });

  test('a message that claims more than a stream may hold is refused before it is waited for', async () => {
    const bytes = hex('24123145 ffffff7f 1800 0000 00000000 00000000');
    await assert.rejects(inPieces(bytes, [4]), (error) => error instanceof WireError && error.offset === 4);
  });

  test.runIf(RECORDED)('NL-51 recorded files come back byte for byte', () => {
    for (const path of recordings('raw', '.bin').filter((name) => name.includes('route-save'))) {
      const bytes = recording(path);
      assert.deepEqual(encodeRouteSave(decodeRouteSave(bytes)), bytes, path);
    }
  });
});

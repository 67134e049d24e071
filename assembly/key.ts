// key.ts - pure arithmetic on keys: the one place that knows how wide an address is.
//
// A key is an address read as one unsigned number, most significant bit first on the wire. `K` is u32 for IPv4 and
// v128 for IPv6 (high half in lane 1), so a trie over another family is an instantiation (D9). Bit 0 is the lowest.

// @ts-ignore: decorator
@inline const HIGH: u8 = 1;
// @ts-ignore: decorator
@inline const LOW: u8 = 0;

/** Bits of a key: 32 or 128. */
// @ts-ignore: decorator
@inline export function keyBits<K>(): u32 {
  return sizeof<K>() * 8;
}

/** Reads a key from 1 or 4 host-order words, the most significant first. */
export function keyLoad<K>(words: usize): K {
  if (isVector<K>()) {
    let v = i64x2.splat(((<u64>load<u32>(words, 8)) << 32) | load<u32>(words, 12));
    v = i64x2.replace_lane(v, HIGH, ((<u64>load<u32>(words)) << 32) | load<u32>(words, 4));
    return <K>v;
  }
  return load<K>(words);
}

/** A key from its words, the most significant first; one of 32 bits is the first. */
export function keyFrom<K>(a: u32, b: u32, c: u32, d: u32): K {
  if (isVector<K>()) {
    const low = i64x2.splat(((<u64>c) << 32) | d);
    return <K>i64x2.replace_lane(low, HIGH, ((<u64>a) << 32) | b);
  }
  return <K>a;
}

/** Writes a key as 1 or 4 host-order words, the mirror of `keyLoad`. */
export function keyStore<K>(words: usize, key: K): void {
  if (isVector<K>()) {
    const high = i64x2.extract_lane(<v128>key, HIGH);
    const low = i64x2.extract_lane(<v128>key, LOW);
    store<u32>(words, <u32>(high >>> 32));
    store<u32>(words, <u32>high, 4);
    store<u32>(words, <u32>(low >>> 32), 8);
    store<u32>(words, <u32>low, 12);
  } else {
    store<K>(words, key);
  }
}

// @ts-ignore: decorator
@inline export function keyEqual<K>(a: K, b: K): bool {
  if (isVector<K>()) return !v128.any_true(v128.xor(<v128>a, <v128>b));
  return a == b;
}

/** a < b as unsigned numbers. */
// @ts-ignore: decorator
@inline export function keyLess<K>(a: K, b: K): bool {
  if (isVector<K>()) {
    const ah = <u64>i64x2.extract_lane(<v128>a, HIGH);
    const bh = <u64>i64x2.extract_lane(<v128>b, HIGH);
    if (ah != bh) return ah < bh;
    return <u64>i64x2.extract_lane(<v128>a, LOW) < <u64>i64x2.extract_lane(<v128>b, LOW);
  }
  return a < b;
}

/**
 * (a XOR b) >> pos, as u32; u32.MAX_VALUE when that does not fit: no tnode is so wide. pos below the key's width.
 * The slot of FIB-34: a value of 2^bits or more says that a skipped bit differs.
 */
// @ts-ignore: decorator
@inline export function keyIndex<K>(a: K, b: K, pos: u32): u32 {
  if (isVector<K>()) return index128(v128.xor(<v128>a, <v128>b), pos);
  return (<u32>(a ^ b)) >>> pos;
}

function index128(x: v128, pos: u32): u32 {
  const high = <u64>i64x2.extract_lane(x, HIGH);
  let low = <u64>i64x2.extract_lane(x, LOW);
  if (pos >= 64) {
    low = high >>> (pos - 64);
  } else if (pos > 0) {
    if (high >>> pos) return u32.MAX_VALUE;
    low = (low >>> pos) | (high << (64 - pos));
  } else if (high) {
    return u32.MAX_VALUE;
  }
  return low > u32.MAX_VALUE ? u32.MAX_VALUE : <u32>low;
}

/** Number of the highest bit in which a and b differ; they must differ. */
export function keyTopDifference<K>(a: K, b: K): u32 {
  if (isVector<K>()) {
    const x = v128.xor(<v128>a, <v128>b);
    const high = i64x2.extract_lane(x, HIGH);
    if (high) return 127 - <u32>clz<i64>(high);
    return 63 - <u32>clz<i64>(i64x2.extract_lane(x, LOW));
  }
  return 31 - clz<u32>(<u32>(a ^ b));
}

/** The key with its low n bits cleared; n up to the key's width. */
export function keyClearLow<K>(key: K, n: u32): K {
  if (isVector<K>()) {
    const high: u64 = n >= 128 ? 0 : n > 64 ? (<u64>-1) << (n - 64) : -1;
    const low: u64 = n >= 64 ? 0 : (<u64>-1) << n;
    return <K>v128.and(<v128>key, i64x2.replace_lane(i64x2.splat(low), HIGH, high));
  }
  return n >= 32 ? <K>0 : <K>(((<u32>key) >>> n) << n);
}

/** The key with bit n set. */
export function keySetBit<K>(key: K, n: u32): K {
  if (isVector<K>()) {
    const high: u64 = n >= 64 ? (<u64>1) << (n - 64) : 0;
    const low: u64 = n >= 64 ? 0 : (<u64>1) << n;
    return <K>v128.or(<v128>key, i64x2.replace_lane(i64x2.splat(low), HIGH, high));
  }
  return <K>((<u32>key) | ((<u32>1) << n));
}

/** The key with its low n bits set: the last address of a prefix; n up to the key's width. */
export function keyFillLow<K>(key: K, n: u32): K {
  if (isVector<K>()) {
    const high: u64 = n >= 128 ? -1 : n > 64 ? ((<u64>1) << (n - 64)) - 1 : 0;
    const low: u64 = n >= 64 ? -1 : ((<u64>1) << n) - 1;
    return <K>v128.or(<v128>key, i64x2.replace_lane(i64x2.splat(low), HIGH, high));
  }
  return n >= 32 ? <K>u32.MAX_VALUE : <K>((<u32>key) | (((<u32>1) << n) - 1));
}

/** The address 0. */
// @ts-ignore: decorator
@inline export function keyZero<K>(): K {
  if (isVector<K>()) return <K>i64x2.splat(0);
  return <K>0;
}

/** The next address; 0 after the last one. */
export function keyAfter<K>(key: K): K {
  if (isVector<K>()) {
    const low = i64x2.extract_lane(<v128>key, LOW) + 1;
    const high = i64x2.extract_lane(<v128>key, HIGH) + <i64>(low == 0);
    return <K>i64x2.replace_lane(i64x2.splat(low), HIGH, high);
  }
  return <K>(<u32>key + 1);
}

/** The address before; the key is not 0. */
export function keyBefore<K>(key: K): K {
  if (isVector<K>()) {
    const low = i64x2.extract_lane(<v128>key, LOW);
    const high = i64x2.extract_lane(<v128>key, HIGH) - <i64>(low == 0);
    return <K>i64x2.replace_lane(i64x2.splat(low - 1), HIGH, high);
  }
  return <K>(<u32>key - 1);
}

/** The low 32 bits of key >> n; n below the key's width. */
// @ts-ignore: decorator
@inline export function keyBitsFrom<K>(key: K, n: u32): u32 {
  if (isVector<K>()) {
    const high = <u64>i64x2.extract_lane(<v128>key, HIGH);
    if (n >= 64) return <u32>(high >>> (n - 64));
    const low = <u64>i64x2.extract_lane(<v128>key, LOW);
    return <u32>(n ? (low >>> n) | (high << (64 - n)) : low);
  }
  return (<u32>key) >>> n;
}

/** The upper half of a key of 128 bits. */
// @ts-ignore: decorator
@inline export function keyHigh(key: v128): u64 {
  return <u64>i64x2.extract_lane(key, HIGH);
}

/** True if a prefix at `key` with `slen` host bits covers dst: (dst XOR key) < 2^slen (FIB-71). */
// @ts-ignore: decorator
@inline export function keyCovers<K>(dst: K, key: K, slen: u32): bool {
  return slen >= keyBits<K>() || keyIndex<K>(dst, key, slen) == 0;
}

/** One word that depends on every bit of a key. */
export function keyFold<K>(key: K): u32 {
  if (isVector<K>()) {
    const half = i64x2.extract_lane(<v128>key, HIGH) ^ i64x2.extract_lane(<v128>key, LOW);
    return (<u32>half) ^ (<u32>(half >>> 32));
  }
  return <u32>key;
}

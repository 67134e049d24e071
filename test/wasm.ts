/**
 * wasm.ts - reads the sections of a WebAssembly module, as far as the module test asks about them.
 *
 *   0        4        8            9
 *   | \0asm  | 1      | section id | size, LEB128 | content ...   and so on to the end
 *
 * Most sections are vectors: a count, then the entries. Of all but globals and exports the count is enough.
 * Source: WebAssembly Core Specification 2.0, chapter 5 (binary format).
 */

/** What a module says of itself: counts, and details where a test needs them. */
export interface Sections {
  readonly imports: number;
  readonly tables: number;
  readonly memories: number;
  readonly globals: readonly { readonly mutable: boolean }[];
  readonly exports: readonly { readonly name: string; readonly kind: string }[];
  readonly start: boolean;
  readonly elements: number;
  readonly data: number;
  /** Names of the custom sections. */
  readonly custom: readonly string[];
}

/** Names of the sections, at their ids. */
const SECTIONS = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'dataCount',
] as const;

const EXPORT_KINDS = ['function', 'table', 'memory', 'global', 'tag'];

/** Reads the sections of a module, the code's content left out. */
export function readSections(bytes: Uint8Array): Sections {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== '\0asm') throw new TypeError('no WebAssembly module');
  const at = new Map<string, Reader>();
  const custom: string[] = [];
  for (const r = new Reader(bytes, 8); r.at < bytes.length;) {
    const id = r.byte();
    const size = r.u32();
    const section = SECTIONS[id];
    if (section === undefined) throw new RangeError(`section ${id} at ${r.at}`);
    if (section === 'custom') custom.push(new Reader(bytes, r.at).text());
    else at.set(section, new Reader(bytes, r.at));
    r.at += size;
  }
  const count = (section: string): number => at.get(section)?.u32() ?? 0;
  return {
    imports: count('import'),
    tables: count('table'),
    memories: count('memory'),
    globals: at.get('global')?.vector(readGlobal) ?? [],
    exports: at.get('export')?.vector(readExport) ?? [],
    start: at.has('start'),
    elements: count('element'),
    data: count('data'),
    custom,
  };
}

/** Reads from a position onwards. */
class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const b = this.#bytes[this.at];
    if (b === undefined) throw new RangeError(`the module ends at ${this.at}`);
    this.at++;
    return b;
  }

  /** An unsigned LEB128 number. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const b = this.byte();
      value |= (b & 0x7f) << shift;
      if (b < 0x80) return value >>> 0;
    }
  }

  text(): string {
    const length = this.u32();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at));
  }

  vector<T>(read: (r: Reader) => T): T[] {
    return Array.from({ length: this.u32() }, () => read(this));
  }
}

function readExport(r: Reader): Sections['exports'][number] {
  const name = r.text();
  const kind = EXPORT_KINDS[r.byte()] ?? 'unknown';
  r.u32(); // index
  return { name, kind };
}

/** A global: type, mutability, then a constant expression of one instruction. */
function readGlobal(r: Reader): Sections['globals'][number] {
  r.byte(); // type
  const mutable = r.byte() === 1;
  const opcode = r.byte();
  const [F32_CONST, F64_CONST, SIMD, END] = [0x43, 0x44, 0xfd, 0x0b];
  if (opcode === F32_CONST) r.at += 4;
  else if (opcode === F64_CONST) r.at += 8;
  else if (opcode === SIMD)
    r.at += 17; // v128.const
  else r.u32(); // i32.const, i64.const (an i64 has more bytes, but each ends as in 32 bits), global.get, ref
  if (r.byte() !== END) throw new RangeError(`a global's expression goes on at ${r.at}`);
  return { mutable };
}

/**
 * ip/route/tos.ts - values of the dsfield byte: a name, or a hexadecimal number with or without 0x.
 */
import type { NameTables } from '../../text/names.js';
import { U8_MAX, named } from '../number.js';

export function readDsfield(word: string, names: NameTables): number | undefined {
  return named(names.dsfields, word, U8_MAX, 16);
}

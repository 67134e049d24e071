/**
 * cli/options.ts - options and arguments that several verbs have, read and checked.
 */
import { InvalidArgumentError, Option } from 'commander';
import type { TableLike } from 'hoptrie';
import { parseAddress4 } from 'hoptrie/text';
import { FibError } from 'hoptrie/wire';
import { usage } from './failure.js';

/** A reader of whole numbers from least to most, for commander. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** A reader of such numbers with commas between them. */
export function wholes(least: number, most: number): (text: string) => number[] {
  const read = whole(least, most);
  return (text) => text.split(',').map(read);
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON');
}

/** `--from FILE`. */
export function fromOption(): Option {
  return new Option(
    '--from <file>',
    '`ip route save`, `ip -j route`, `ip route show` or a snapshot, plain or gzip; - is stdin',
  ).makeOptionMandatory();
}

/** `--table T`. */
export function tableOption(what: string): Option {
  return new Option('--table <table>', `${what}: main, local, default or a number`).argParser(readTable);
}

function readTable(text: string): TableLike {
  if (text === 'main' || text === 'local' || text === 'default') return text;
  try {
    return whole(1, 0xffffffff)(text);
  } catch {
    throw new InvalidArgumentError('Expected main, local, default or a number from 1 to 4294967295.');
  }
}

/** An IPv4 address, u32. A mistake is told with a mark below it. */
export function readAddress(text: string): number {
  try {
    return parseAddress4(text);
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    const at = error.offset ?? 0;
    const mark = `${text}\n         ${' '.repeat(at)}^ here`;
    throw usage(
      `'${text}' is no IPv4 address`,
      `${mark}: expected four numbers 0..255 with dots, such as 192.0.2.1`,
    );
  }
}

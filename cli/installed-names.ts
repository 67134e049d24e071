/**
 * cli/installed-names.ts - the names of tables, protocols and so on that this machine's iproute2 reads.
 *
 *   /etc/iproute2/rt_tables, rt_tables.d/*.conf   lines `NUMBER NAME`, `#` begins a comment; numbers as in C
 * A line that is none is passed over: a typing mistake there is no reason to do nothing.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AddedNames } from 'hoptrie/ip';

const FOLDER = '/etc/iproute2';

/** Files by what they name. */
const FILES: Readonly<Record<keyof AddedNames, string>> = {
  tables: 'rt_tables',
  protocols: 'rt_protos',
  scopes: 'rt_scopes',
  realms: 'rt_realms',
  dsfields: 'rt_dsfield',
  groups: 'group',
};

/** The names of this machine; none where there are no such files. */
export function installedNames(folder: string = FOLDER): AddedNames {
  const kinds = Object.entries(FILES).map(([of, file]) => [of, namesIn(join(folder, file))] as const);
  return Object.fromEntries(kinds);
}

function namesIn(path: string): Record<string, number> {
  const names: Record<string, number> = {};
  for (const file of [path, ...parts(`${path}.d`)]) {
    for (const line of textOf(file).split('\n')) {
      const [, number, name] = /^\s*(0x[0-9a-f]+|\d+)\s+([^\s#]+)/i.exec(line) ?? [];
      if (number !== undefined && name !== undefined) names[name] = Number(number);
    }
  }
  return names;
}

/** The files of a folder that end with .conf. */
function parts(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith('.conf'));
    return files.sort().map((file) => join(folder, file));
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

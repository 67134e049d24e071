/**
 * bench/embed-report.ts - the results of `npm run bench -- table` as a table.
 */
import { EMBED_COLUMNS, type EmbedResult, type EmbedRun } from './embed.js';
import { VALUES } from './embed-table.js';
import { digits, thousands, time, type Section } from './section.js';

const FAMILIES = [4, 6] as const;

/** The run as a table: millions of lookups a second. */
export function embedSection({ size4, size6, results }: EmbedRun): Section {
  const columns = FAMILIES.flatMap((family) => EMBED_COLUMNS.map((way) => ({ way, family })));
  return {
    note: `${thousands(size4)} IPv4 and ${thousands(size6)} IPv6 prefixes with ${VALUES} values; million lookups per second of addresses inside prefixes, each prefix alike, median of rounds in turns`,
    head: ['structure', 'load', 'bytes/prefix', ...columns.map(({ way, family }) => `v${family} ${way}`)],
    rows: results.map(({ title, loadMs, ns, bytesPerPrefix, stopped }) => [
      title,
      stopped === undefined ? time(loadMs * 1e6) : '-',
      bytesPerPrefix === undefined ? '-' : digits(bytesPerPrefix),
      ...columns.map(({ way, family }) => {
        const rate = ns[`${way}${family}`];
        return rate === undefined ? '-' : digits(1e3 / rate.median);
      }),
    ]),
    remarks: [
      ...FAMILIES.flatMap((family) => ratio(results, family)),
      ...results.map(
        ({ title, note, stopped }) => `${title}: ${stopped === undefined ? note : `not timed: ${stopped}`}`,
      ),
    ],
  };
}

/** How much quicker the first one is by text than the next best. */
function ratio([own, ...peers]: readonly EmbedResult[], family: number): string[] {
  const way = `text${family}`;
  const [best] = peers
    .filter(({ ns }) => ns[way] !== undefined)
    .sort((a, b) => a.ns[way]!.median - b.ns[way]!.median);
  if (own?.ns[way] === undefined || best === undefined) return [];
  const times = best.ns[way]!.median / own.ns[way].median;
  return [`By IPv${family} text, ${own.title} is ${digits(times)} times as quick as ${best.title}.`];
}

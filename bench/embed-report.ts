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
      ...FAMILIES.flatMap((family) => ratios(results, family)),
      ...results.map(
        ({ title, note, stopped }) => `${title}: ${stopped === undefined ? note : `not timed: ${stopped}`}`,
      ),
    ],
  };
}

/** How much quicker than the best of the others ours are by text. */
function ratios(results: readonly EmbedResult[], family: number): string[] {
  const asked = results.flatMap(({ title, isOwn, ns }) => {
    const rate = ns[`text${family}`];
    return rate === undefined ? [] : [{ title, isOwn, median: rate.median }];
  });
  const [best] = asked.filter(({ isOwn }) => !isOwn).sort((a, b) => a.median - b.median);
  if (best === undefined) return [];
  return asked
    .filter(({ isOwn }) => isOwn)
    .map(
      ({ title, median }) =>
        `By IPv${family} text, ${title} is ${digits(best.median / median)} times as quick as ${best.title}.`,
    );
}

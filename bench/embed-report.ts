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

/** How much quicker than the best of the others ours are by text, one address at a time and many at once. */
function ratios(results: readonly EmbedResult[], family: number): string[] {
  const [best] = results
    .flatMap(({ title, isOwn, ns }) => (isOwn ? [] : { title, rate: ns[`text${family}`] }))
    .flatMap(({ title, rate }) => (rate === undefined ? [] : { title, ns: rate.median }))
    .sort((a, b) => a.ns - b.ns);
  if (best === undefined) return [];
  return results.flatMap(({ title, isOwn, ns }) => {
    const one = ns[`text${family}`];
    const many = ns[`texts${family}`];
    if (!isOwn || one === undefined || many === undefined) return [];
    const [once, asArray] = [one, many].map(({ median }) => digits(best.ns / median));
    return `By IPv${family} text, ${title} is ${once} times as quick as ${best.title}, and ${asArray} times by arrays of text.`;
  });
}

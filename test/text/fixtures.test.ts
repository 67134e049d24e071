/**
 * text/fixtures.test.ts - recorded states told three times, as text, as JSON and as bytes, are read as the same routes.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'vitest';
import type { Route } from '../../src/model/route.js';
import { formatRouteLine, parseRouteJson, parseRouteText } from '../../src/text/index.js';
import { decodeRoute, messages, uapi } from '../../src/wire/index.js';
import { FIXTURES, RECORDED, isRoute, jsonLines, recording, recordings } from '../wire/samples.js';

/** What all three forms tell: JSON does not say which metrics are locked, text does not tell an index. */
function common(route: Route, nameOf?: (index: number) => string | undefined): Route {
  const { lock: _lock, ...metrics } = route.metrics ?? {};
  const nexthops = route.nexthops.map(({ via, dev, oif, weight, flags, realm }) => ({
    ...(via === undefined ? {} : { via }),
    ...(oif === undefined ? { dev } : { dev: nameOf?.(oif) }),
    ...(weight === undefined ? {} : { weight }),
    ...(flags === undefined ? {} : { flags }),
    ...(realm === undefined ? {} : { realm }),
  }));
  const { family, dst, src, type, table, tos, metric, protocol, scope, flags, prefsrc, congctl, nhid, pref } =
    route;
  const told = {
    src,
    prefsrc,
    congctl,
    nhid,
    pref,
    metrics: Object.keys(metrics).length > 0 ? metrics : undefined,
  };
  return {
    ...{ family, dst, type, table, tos, metric, protocol, scope, flags, nexthops },
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
  } as Route;
}

interface State {
  readonly route4: string;
  readonly json4: unknown;
  readonly route6?: string;
  readonly json6?: unknown;
}

const ALL = { tables: true } as const;
const MAIN = { table: 'main' } as const;

describe.runIf(RECORDED)('recordings', () => {
  test('PROC-33..41 V6-42 text and JSON of a state tell the same routes, and the text is written again', () => {
    let count = 0;
    for (const path of recordings('state')) {
      for (const line of jsonLines(path)) {
        const state = (line['state'] ?? line['initial']) as State;
        for (const [text, json, family] of [
          [state.route4, state.json4, uapi.AF_INET],
          [state.route6 ?? '', state.json6 ?? [], uapi.AF_INET6],
        ] as const) {
          const routes = parseRouteText(text, { ...MAIN, family });
          assert.deepEqual(
            routes.map((route) => common(route)),
            parseRouteJson(JSON.stringify(json), { ...MAIN, family }).map((route) => common(route)),
            path,
          );
          const written = routes.map((route) => formatRouteLine(route, undefined, ALL) + '\n').join('');
          assert.equal(written, text, path);
          count += routes.length;
        }
      }
    }
    assert(count > 30_000);
  });

  test('PROC-38 PROC-41 a saved dump and its text tell the same routes, and the dump is written as the text', () => {
    const names = new Map([
      [1, 'lo'],
      [2, 'e0'],
      [3, 'e1'],
      [4, 'e2'],
    ]);
    const nameOf = (index: number) => names.get(index);
    for (const path of recordings('raw', '.bin').filter((name) => name.includes('route-save'))) {
      const family = path.includes('-v6-') ? uapi.AF_INET6 : uapi.AF_INET;
      const text = textOf(path.replace('.bin', '.txt'));
      const table = /-table-(local|\d+)/.exec(path)?.[1] ?? 'main';
      const routes = [...messages(recording(path), 4)].map(({ payload }) => decodeRoute(payload));
      assert.deepEqual(
        parseRouteText(text, { family, table: Number(table) || (table as 'main' | 'local') }).map((r) =>
          common(r),
        ),
        routes.map((r) => common(r, nameOf)),
        path,
      );
      const options = { details: true, tables: path.includes('-all') };
      const written = routes.map((route) => formatRouteLine(route, nameOf, options) + '\n').join('');
      const shown = text.replace(/\tnh_info.*\n/g, '').replace(/expires \d+sec /g, '');
      assert.equal(written, shown, path);
    }
  });

  test('PROC-40 dumps of loaded FIBs are written as the text that was shown of them', () => {
    let count = 0;
    for (const folder of recordings('lookup').filter((name) =>
      existsSync(`${FIXTURES}${name}/ip-show.txt.gz`),
    )) {
      const header = JSON.parse(textOf(`${folder}/header.json`)) as { ifindex: Record<string, number> };
      const names = new Map(Object.entries(header.ifindex).map(([name, index]) => [index, name]));
      const routes = [...messages(recording(`${folder}/routes.nl.gz`))]
        .filter(isRoute)
        .map(({ payload }) => decodeRoute(payload));
      for (const [command, shown] of textOf(`${folder}/ip-show.txt.gz`)
        .split(/^\$ /m)
        .map(commandAndOutput)) {
        const match = /^ip -([46]) -d route show table all$/.exec(command);
        if (match === null) continue;
        const family = match[1] === '6' ? uapi.AF_INET6 : uapi.AF_INET;
        const written = routes
          .filter((route) => route.family === family)
          .map(
            (route) =>
              formatRouteLine(route, (index) => names.get(index), { details: true, tables: true }) + '\n',
          );
        assert.equal(written.join(''), shown.replace(/\tnh_info.*\n/g, ''), folder);
        count += written.length;
      }
    }
    assert(count > 1000);
  });
});

function textOf(path: string): string {
  return Buffer.from(recording(path)).toString();
}

/** A command of a transcript, and what it printed. */
function commandAndOutput(text: string): [string, string] {
  const end = text.indexOf('\n');
  return [text.slice(0, end), text.slice(end + 1).replace(/\n\n$/, '\n')];
}

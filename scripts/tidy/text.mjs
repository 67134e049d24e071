// tidy/text.mjs - what every file's text must have or must not have: a head, and none of some words.
import { posix } from 'node:path';
import { CODE, error } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree  @typedef {import('./tree.mjs').Finding} Finding */

/**
 * Every source file opens with a comment that names it and says what it is: `// trie/node.ts - the two shapes ...`.
 * The name is the end of the file's path. A `#!` line may stand before it.
 * @param {Tree} tree  @returns {Finding[]}
 */
export function heads(tree) {
  const configs = [...tree.files.values()].filter((file) => file.isSource && !file.path.includes('/'));
  return [...tree.sources(...CODE), ...configs].flatMap((file) => {
    const text = file.text.replace(/^#!.*\n/, '');
    const head = /^(?:\/\/ |\/\*\*?\s+(?:\* )?)(\S+) - \S/.exec(text);
    if (!head)
      return error('heads', file.path, 1, `opens without '${posix.basename(file.path)} - what it is'`);
    const name = head[1] ?? '';
    const right = file.path === name || file.path.endsWith(`/${name}`);
    return right ? [] : error('heads', file.path, 1, `the head names ${name}`);
  });
}

/**
 * What no file may say. The patterns are spelled so that they do not match themselves.
 * @type {{ what: string, pattern: RegExp, only?: (path: string) => boolean }[]}
 */
const FORBIDDEN = [
  { what: 'unfinished work', pattern: /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/ },
  {
    what: 'a test left alone or left out',
    pattern: /\.(?:on[l]y|sk[i]p)\(/,
    only: (path) => path.startsWith('test/'),
  },
  { what: 'a path of one machine', pattern: /(?<![\w.~-])\/(?:wo[r]k|ro[o]t|ho[m]e)\/[\w.]/ },
  {
    what: 'the host of a package registry',
    pattern: /\bregist[r]y\.[\w-]+\.\w+|\/\/npm\.[\w-]+\.\w+|\bartifact[o]ry\b/i,
  },
  {
    what: 'where a package came from',
    pattern: /"resol[v]ed":/,
    only: (path) => path === 'package-lock.json',
  },
];

/** @param {Tree} tree  @returns {Finding[]} */
export function words(tree) {
  return [...tree.files.values()].flatMap((file) =>
    FORBIDDEN.filter(({ only }) => only?.(file.path) ?? true).flatMap(({ what, pattern }) =>
      file.text.split('\n').flatMap((line, i) => {
        const hit = pattern.exec(line);
        return hit ? error('words', file.path, i + 1, `${what}: '${hit[0]}'`) : [];
      }),
    ),
  );
}

/**
 * readme.test.ts - every ```js block of the README and of the pages in docs/ that have some runs as it stands, and prints what
 * its comments promise.
 *
 * A promise is `// → text` behind a statement or in a line of its own: the text of one printed line. Promises come
 * in the order of the output, and lines that nothing promises may stand between them.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { BUILD, ROOT, sh } from './pack.js';

/** The ```js blocks of a page, with the numbers of their first lines. */
function blocks(page: string): { line: number; code: string }[] {
  return [...page.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => ({
    line: page.slice(0, match.index).split('\n').length + 1,
    code: match[1] ?? '',
  }));
}

const promises = (code: string) =>
  [...code.matchAll(/\/\/ → (.*)$/gm)].map((match) => (match[1] ?? '').trim());

/** The first promise that the printed lines do not keep, or undefined. */
function broken(promised: string[], printed: string[]): string | undefined {
  let at = 0;
  return promised.find((text) => {
    const found = printed.indexOf(text, at);
    at = found + 1;
    return found < 0;
  });
}

describe.each(['README.md', 'docs/TOPOLOGY.md', 'docs/TABLE.md', 'docs/TABLE-MIGRATION.md'])('%s', (page) => {
  const path = join(ROOT, page);
  const found = existsSync(path) ? blocks(readFileSync(path, 'utf8')) : [];
  const folder = join(BUILD, 'pages', page);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  test('has an example, and the first one promises something', () => {
    assert.ok(promises(found[0]?.code ?? '').length > 0);
  });

  test.each(found)('line $line runs and keeps its promises', async ({ line, code }) => {
    const file = join(folder, `line-${line}.mjs`);
    writeFileSync(file, code);
    const { stdout, stderr } = await sh(folder, process.execPath, file);
    assert.equal(stderr, '');
    const printed = stdout.split('\n').map((text) => text.trim());
    assert.equal(broken(promises(code), printed), undefined, `the output was:\n${stdout}`);
  });
});

test('blocks and promises are found where they are, and a broken promise is seen', () => {
  const page = 'Text.\n\n```js\nf(); // → one\n// → two words\n```\n\n```sh\nls\n```\n\n```js\ng();\n```\n';
  assert.deepEqual(
    blocks(page).map(({ line }) => line),
    [4, 13],
  );
  assert.deepEqual(promises(page), ['one', 'two words']);
  assert.equal(broken(['a', 'c'], ['a', 'b', 'c']), undefined);
  assert.equal(broken(['c', 'a'], ['a', 'b', 'c']), 'a');
  assert.equal(broken(['a', 'a'], ['a']), 'a');
});

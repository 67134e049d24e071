#!/usr/bin/env node
// tidy.mjs - keeps the house: arrows, file heads, dead files and exports, layout tables, lengths, rules without tests, words.
//
// usage: node scripts/tidy.mjs [folder]
//
// test/tidy.test.ts runs the same checks, and shows for each that it can fail.
import { fileURLToPath } from 'node:url';
import { arrows } from './tidy/arrows.mjs';
import { deadFiles, dependencies, unusedExports } from './tidy/graph.mjs';
import { layouts } from './tidy/layout.mjs';
import { lengths } from './tidy/length.mjs';
import { rules } from './tidy/rules.mjs';
import { heads, words } from './tidy/text.mjs';
import { Tree } from './tidy/tree.mjs';

/** @typedef {import('./tidy/tree.mjs').Finding} Finding */

/** The checks by name. @type {Record<string, (tree: Tree) => Finding[]>} */
export const CHECKS = {
  arrows,
  heads,
  dead: deadFiles,
  exports: unusedExports,
  dependencies,
  layout: layouts,
  length: lengths,
  rules,
  words,
};

/** A finding as an editor understands it. @param {Finding} finding */
export const show = ({ level, check, file, line, text }) => `${file}:${line}: ${level}: ${check}: ${text}`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tree = Tree.read(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
  const found = Object.values(CHECKS).flatMap((check) => check(tree));
  for (const finding of found) console.log(show(finding));
  const errors = found.filter(({ level }) => level === 'error').length;
  console.log(`tidy: ${tree.files.size} files, ${errors} errors, ${found.length - errors} warnings`);
  process.exitCode = errors ? 1 : 0;
}

// tidy/rules.mjs - docs/RULES.md against the names of the tests.
//
// An entry of docs/RULES.md is a list item or a table row that opens with a bold rule number and one word for its
// state, `done` or `open`; the table's two are cells:
//   - **FIB-31** done: text          - **FIB-31..33** open: text          | **FIB-31** | done | text |
// A test's name opens with the numbers it proves: 'FIB-31 ...', 'FIB-31, FIB-34 ...', 'FIB-31..33 ...'.
import ts from 'typescript';
import { error, warn } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree  @typedef {import('./tree.mjs').File} File  @typedef {import('./tree.mjs').Finding} Finding */

const RULES = 'docs/RULES.md';
const ENTRY = /^\s*(?:[-*|]|\d+\.)\s*\*\*([A-Z]+-\d+(?:\.\.\d+)?)\*\*[\s|:]*(\w*)/;
const NUMBERS = /^[A-Z]+-\d+(?:\.\.\d+)?(?:(?:, ?| )[A-Z]+-\d+(?:\.\.\d+)?)*/;
const STATES = ['done', 'open'];

/** 'FIB-31..33' to its three numbers. @param {string} text */
function expand(text) {
  const [, name = '', first = '', last = first] = /^([A-Z]+)-(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `${name}-${Number(first) + i}`);
}

/** Entries of docs/RULES.md. @param {string} text */
function entriesOf(text) {
  return text.split('\n').flatMap((line, i) => {
    const [, numbers, state = ''] = ENTRY.exec(line) ?? [];
    return numbers ? expand(numbers).map((rule) => ({ rule, state, line: i + 1 })) : [];
  });
}

/** The rule numbers that a test's name opens with. @param {string} name */
function numbersOf(name) {
  return (NUMBERS.exec(name)?.[0] ?? '').split(/[, ]+/).filter(Boolean).flatMap(expand);
}

/** Names given to `test`, `it` and `describe`, and to their `.each` and `.for`. @param {File} file */
function testNames(file) {
  /** @type {{ name: string, line: number }[]} */
  const found = [];
  /** @param {ts.Node} n */
  const visit = (n) => {
    if (ts.isCallExpression(n) && /^(?:test|it|describe)\b/.test(n.expression.getText())) {
      const [name] = n.arguments;
      const line = file.line(n.getStart());
      if (name && ts.isStringLiteralLike(name)) found.push({ name: name.text, line });
      else if (name && ts.isTemplateExpression(name)) found.push({ name: name.head.text, line });
    }
    ts.forEachChild(n, visit);
  };
  visit(file.ast);
  return found;
}

/** @param {Tree} tree  @returns {Finding[]} */
export function rules(tree) {
  const entries = entriesOf(tree.files.get(RULES)?.text ?? '');
  const known = new Set(entries.map(({ rule }) => rule));
  /** @type {Set<string>} */
  const tested = new Set();
  /** @type {Finding[]} */
  const found = [];
  for (const file of tree.sources('test').filter((f) => f.isTest)) {
    for (const { name, line } of testNames(file)) {
      for (const rule of numbersOf(name)) {
        if (!tested.has(rule) && !known.has(rule)) {
          found.push(warn('rules', file.path, line, `${rule} has no entry in ${RULES}`));
        }
        tested.add(rule);
      }
    }
  }
  /** @type {Map<string, number>} */
  const first = new Map();
  for (const { rule, state, line } of entries) {
    if (first.has(rule))
      found.push(error('rules', RULES, line, `${rule} has an entry in line ${first.get(rule)} already`));
    first.set(rule, line);
    if (!STATES.includes(state))
      found.push(error('rules', RULES, line, `${rule}: '${state}' is neither done nor open`));
    else if (state === 'done' && !tested.has(rule))
      found.push(error('rules', RULES, line, `${rule} is done, but no test's name opens with it`));
    else if (state === 'open' && tested.has(rule))
      found.push(warn('rules', RULES, line, `${rule} is open, but a test's name opens with it`));
  }
  return found;
}

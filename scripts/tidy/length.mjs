// tidy/length.mjs - how long functions are: a function fits a screen.
import ts from 'typescript';
import { error, warn } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree  @typedef {import('./tree.mjs').Finding} Finding */

/** More lines than this are worth a look, and more than that are refused. */
const LONG = 60;
const TOO_LONG = 120;

/** @param {Tree} tree  @returns {Finding[]} */
export function lengths(tree) {
  return tree.sources('assembly', 'src', 'cli', 'bench', 'web', 'scripts').flatMap((file) => {
    /** @type {Finding[]} */
    const found = [];
    /** @param {ts.Node} n */
    const visit = (n) => {
      if (ts.isFunctionLike(n) && 'body' in n && n.body) {
        const line = file.line(n.getStart());
        const lines = file.line(n.getEnd()) - line + 1;
        const text = `${nameOf(n)} has ${lines} lines`;
        if (lines > TOO_LONG) found.push(error('length', file.path, line, `${text}, more than ${TOO_LONG}`));
        else if (lines > LONG) found.push(warn('length', file.path, line, text));
      }
      ts.forEachChild(n, visit);
    };
    visit(file.ast);
    return found;
  });
}

/** @param {ts.SignatureDeclaration} n */
function nameOf(n) {
  if (n.name) return n.name.getText();
  return ts.isVariableDeclaration(n.parent) ? n.parent.name.getText() : 'a function without a name';
}

// tidy/tree.mjs - the project's files as tidy's checks see them: text, syntax tree, imports.
//
// AssemblyScript is read by TypeScript's parser too: it differs in meaning, hardly in grammar (a decorator on a
// function is an error to the checker only, and none is run here).
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, posix } from 'node:path';
import ts from 'typescript';

/**
 * @typedef {{ level: 'error' | 'warn', check: string, file: string, line: number, text: string }} Finding
 * @typedef {Record<string, string>} Versions by name
 * @typedef {{ name?: string, bin?: object, exports?: object, scripts?: object, dependencies?: Versions,
 *   devDependencies?: Versions, optionalDependencies?: Versions, peerDependencies?: Versions }} PackageJson
 * @typedef {{ to: string, line: number, typeOnly: boolean }} Import what the source says, unresolved
 */

/** Rooms that hold source code. */
export const CODE = ['assembly', 'src', 'cli', 'web', 'bench', 'fuzz', 'scripts', 'test'];
const SOURCE = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
const TEXT = [...SOURCE, '.json', '.md', '.html', '.css', '.yml', '.yaml', '.sh', ''];
const LEFT_OUT = ['node_modules', 'dist', 'build', 'coverage', '.git', 'fixtures', 'corpus'];

/** Written by the build, there or into dist/, and in no commit; the other files may import them whether they exist or not. */
const GENERATED = ['src/core/bytes.ts', 'src/core/table-bytes.ts', 'src/hoptrie.wasm', 'src/table.wasm'];

/** One text file of the project. */
export class File {
  /** @type {ts.SourceFile | undefined} */
  #ast;

  /** @type {Import[] | undefined} */
  #imports;

  /** @param {string} path from the root, with slashes  @param {string} text */
  constructor(path, text) {
    this.path = path;
    this.text = text;
  }

  get isSource() {
    return SOURCE.includes(extname(this.path)) && !this.path.endsWith('.d.ts');
  }

  get isTest() {
    return /\.test\.m?ts$/.test(this.path);
  }

  get ast() {
    this.#ast ??= ts.createSourceFile(this.path, this.text, ts.ScriptTarget.ESNext, true);
    return this.#ast;
  }

  /** Line number, from 1, of an offset. @param {number} offset */
  line(offset) {
    return this.ast.getLineAndCharacterOfPosition(offset).line + 1;
  }

  /** What the file imports: `import`, `export from`, `import()` and `new URL('./x.js', import.meta.url)`. */
  get imports() {
    return (this.#imports ??= this.#findImports());
  }

  #findImports() {
    /** @type {Import[]} */
    const found = [];
    /** @param {ts.Expression | undefined} to  @param {boolean} typeOnly */
    const add = (to, typeOnly) => {
      if (to && ts.isStringLiteralLike(to))
        found.push({ to: to.text, line: this.line(to.getStart()), typeOnly });
    };
    /** @param {ts.Node} n */
    const visit = (n) => {
      if (ts.isImportDeclaration(n)) add(n.moduleSpecifier, isTypeOnly(n.importClause));
      else if (ts.isExportDeclaration(n)) add(n.moduleSpecifier, n.isTypeOnly);
      else if (ts.isImportTypeNode(n) && ts.isLiteralTypeNode(n.argument))
        add(/** @type {any} */ (n.argument.literal), true);
      else if (ts.isCallExpression(n) && n.expression.kind === ts.SyntaxKind.ImportKeyword)
        add(n.arguments[0], false);
      else if (ts.isNewExpression(n) && n.expression.getText() === 'URL' && n.arguments?.length === 2) {
        const [to, base] = n.arguments;
        if (
          base?.getText() === 'import.meta.url' &&
          to &&
          ts.isStringLiteralLike(to) &&
          /\.[mc]?js$/.test(to.text)
        )
          add(to, false);
      }
      ts.forEachChild(n, visit);
    };
    visit(this.ast);
    return found;
  }
}

/** Whether nothing but types is imported. @param {ts.ImportClause | undefined} clause */
function isTypeOnly(clause) {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return (
    !clause.name && names?.kind === ts.SyntaxKind.NamedImports && names.elements.every((e) => e.isTypeOnly)
  );
}

/** The text files of a project, by path. */
export class Tree {
  /** @type {Map<string, File>} */
  files = new Map();

  /** @param {Record<string, string>} texts by path */
  constructor(texts) {
    for (const [path, text] of Object.entries(texts)) this.files.set(path, new File(path, text));
  }

  /** The tree below an absolute path. @param {string} root */
  static read(root) {
    /** @type {Record<string, string>} */
    const texts = {};
    /** @param {string} folder */
    const walk = (folder) => {
      for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
        const path = posix.join(folder, entry.name);
        if (LEFT_OUT.includes(entry.name) || GENERATED.includes(path)) continue;
        if (entry.isDirectory()) walk(path);
        else if (TEXT.includes(extname(path))) texts[path] = readFileSync(join(root, path), 'utf8');
      }
    };
    walk('');
    return new Tree(texts);
  }

  /** Source files in some rooms (folders at the top), in the order of their paths. @param {string[]} rooms */
  sources(...rooms) {
    return [...this.files.values()]
      .filter((f) => f.isSource && rooms.includes(f.path.split('/', 1)[0] ?? ''))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** package.json, or an empty one. @returns {PackageJson} */
  get packageJson() {
    return /** @type {PackageJson} */ (JSON.parse(this.files.get('package.json')?.text ?? '{}'));
  }

  /** What asc compiles: the files of the core that the build names. */
  get ascEntries() {
    const build = this.files.get('scripts/build.mjs')?.text ?? '';
    return [...new Set(build.match(/\bassembly\/[\w/-]+\.ts\b/g))];
  }

  /**
   * The file that a relative import names, or undefined for one outside the tree and for a package.
   * TypeScript says `./x.js` and means x.ts; AssemblyScript says `./x` and means x.ts or x/index.ts.
   * @param {string} from  @param {string} to
   */
  resolve(from, to) {
    if (!to.startsWith('.')) return undefined;
    const path = posix.join(posix.dirname(from), to);
    const tries = [path, path.replace(/\.([mc]?)js$/, '.$1ts'), `${path}.ts`, `${path}/index.ts`];
    return tries.find((p) => this.files.has(p) || GENERATED.includes(p));
  }
}

/** @param {string} check  @param {string} file  @param {number} line  @param {string} text  @returns {Finding} */
export const error = (check, file, line, text) => ({ level: 'error', check, file, line, text });

/** @param {string} check  @param {string} file  @param {number} line  @param {string} text  @returns {Finding} */
export const warn = (check, file, line, text) => ({ level: 'warn', check, file, line, text });

// tidy/graph.mjs - what an entry reaches: dead files in the sources, packages in the built main entry.
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageName } from './arrows.mjs';
import { error, File } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree  @typedef {import('./tree.mjs').Finding} Finding */

const BUILT = /\bdist\/[\w/.-]+\.js\b/g;
const EXPORT = /^(?:@\w+ )*export (?:function|const|class|abstract class|type|enum) (\w+)/gm;
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Where reading starts: what package.json exports and runs, and what the build gives to asc.
 * @param {Tree} tree
 */
function entries(tree) {
  const { bin, exports, scripts } = tree.packageJson;
  const named = JSON.stringify([bin, exports, scripts]).match(BUILT) ?? [];
  return [...new Set([...named.map(sourceOf), ...tree.ascEntries])];
}

/** dist/cli/main.js was cli/main.ts, dist/index.js was src/index.ts. @param {string} path */
function sourceOf(path) {
  const source = path.replace(/^dist\//, '').replace(/\.js$/, '.ts');
  return /^(cli|bench|web)\//.test(source) ? source : `src/${source}`;
}

/**
 * The files of the tree that some files import, directly or not, themselves included.
 * @param {Tree} tree  @param {string[]} start
 */
function reach(tree, start) {
  const reached = new Set(start.filter((path) => tree.files.has(path)));
  for (const path of reached) {
    for (const { to } of tree.files.get(path)?.imports ?? []) {
      const next = tree.resolve(path, to);
      if (next && tree.files.has(next)) reached.add(next);
    }
  }
  return reached;
}

/** Files of the product that no entry reaches, and entries that are no file. @param {Tree} tree  @returns {Finding[]} */
export function deadFiles(tree) {
  const start = entries(tree);
  const reached = reach(tree, start);
  const missing = start.filter((path) => !tree.files.has(path));
  const dead = tree
    .sources('src', 'assembly', 'cli', 'bench', 'web')
    .filter((file) => !reached.has(file.path));
  return [
    ...missing.map((path) => error('dead', 'package.json', 1, `entry ${path} does not exist`)),
    ...dead.map((file) => error('dead', file.path, 1, 'no entry reaches this file')),
  ];
}

/**
 * What the core exports and nobody uses, not even its own file, entries aside; knip looks after TypeScript.
 * @param {Tree} tree  @returns {Finding[]}
 */
export function unusedExports(tree) {
  const files = tree.sources('assembly');
  const all = files.map((file) => file.text).join('\n');
  const inner = files.filter((file) => !tree.ascEntries.includes(file.path));
  return inner.flatMap((file) =>
    [...file.text.matchAll(EXPORT)].flatMap((match) => {
      const name = match[1] ?? '';
      const used = [...all.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1;
      return used ? [] : error('exports', file.path, file.line(match.index), `nothing uses ${name}`);
    }),
  );
}

/**
 * What an installed package needs it must depend on; and every version is one version.
 * @param {Tree} tree  @returns {Finding[]}
 */
export function dependencies(tree) {
  const {
    name = '',
    bin,
    exports,
    dependencies,
    devDependencies,
    optionalDependencies,
    peerDependencies,
  } = tree.packageJson;
  const may = [name, ...Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })];
  const start = (JSON.stringify([bin, exports]).match(BUILT) ?? []).map(sourceOf);
  const missing = [...reach(tree, start)].flatMap((path) =>
    (tree.files.get(path)?.imports ?? [])
      .filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:') && !may.includes(packageName(to)))
      .map(({ to, line }) =>
        error('dependencies', path, line, `'${to}' is not among the dependencies in package.json`),
      ),
  );
  const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
    .map(([other, version]) =>
      error('dependencies', 'package.json', 1, `${other} is not pinned: '${version}'`),
    );
  return [...missing, ...loose];
}

/**
 * The built modules that `entry` loads, itself first, and the packages they name; packages are not followed.
 * @param {string} entry an absolute path
 */
export function built(entry) {
  const files = new Set([entry]);
  /** @type {Set<string>} */
  const packages = new Set();
  for (const path of files) {
    for (const { to } of new File(path, readFileSync(path, 'utf8')).imports) {
      if (to.startsWith('.')) files.add(resolve(dirname(path), to));
      else packages.add(packageName(to));
    }
  }
  return { files: [...files], packages: [...packages] };
}

/**
 * Every file that `import 'hoptrie'` loads, from the root of the project: our modules and those of the packages
 * they name (the AssemblyScript loader, one file).
 */
export function mainEntryFiles() {
  const { files, packages } = built(join(root, 'dist/index.js'));
  const others = packages.map((name) => fileURLToPath(import.meta.resolve(name)));
  return [...files, ...others].map((path) => relative(root, path));
}

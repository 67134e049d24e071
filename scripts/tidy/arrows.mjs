// tidy/arrows.mjs - who may import whom: the two tables of the house, and what follows from them.
//
// In both tables a room stands above all that it may import, so no circle can be allowed by mistake; the first
// test of a tidy run is that of the tables themselves.
import { builtinModules } from 'node:module';
import { CODE, error, warn } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree  @typedef {import('./tree.mjs').Finding} Finding */

/**
 * The facade and its guests. `hoptrie` stands for the package's entries as package.json exports them,
 * `node` for what Node brings along, other words for packages.
 *
 * What needs a reason: `netns` reads dumps (`wire`), because `applyDump` takes bytes, and `wire/bulk` writes them as
 * records (`abi/records`), because a full table is not to become a million objects. `core` reads and writes addresses
 * as text, so that a record is filled without a value in between. `netns`, the rooms that share its core and `endpoint`
 * read fields of records (`abi/records`) in place; nobody else does.
 * @type {Record<string, string[]>}
 */
export const FACADE = {
  // guests
  cli: ['bench', 'hoptrie', 'node', 'commander', 'cli-table3', 'cli-progress'],
  bench: [
    'hoptrie',
    'node',
    'tinybench',
    'longest-prefix-match',
    'mmdb-lib',
    'netparser',
    '@observablehq/plot',
    'linkedom',
  ],
  web: ['hoptrie'],

  // entries
  workerd: ['index', 'core', 'hoptrie.wasm'],
  index: [
    'topology',
    'ip',
    'endpoint',
    'inline',
    'netns',
    'cache',
    'believe',
    'addresses',
    'rules',
    'nexthops',
    'sysctls',
    'gateways',
    'classic',
    'links',
    'routes',
    'restore',
    'columns',
    'batch',
    'flow-batch',
    'notices',
    'watch',
    'text',
    'errors',
    'model',
  ],
  external: ['ip', 'netns', 'core', 'errors', 'model'],
  live: ['feed', 'follow', 'model'],
  follow: ['inline', 'netns', 'wire', 'text', 'errors', 'model', 'abi'],
  reader: ['core', 'errors', 'model', 'abi'],
  table: ['core', 'text', 'errors', 'abi/records', 'table.wasm'],

  // the house
  topology: ['inline', 'ip', 'netns', 'notices', 'core', 'wire', 'text', 'errors', 'model', 'abi'],
  inline: ['ip', 'netns', 'core'],

  ip: ['endpoint', 'netns', 'text', 'wire', 'errors', 'model', 'abi'],
  endpoint: [
    'netns',
    'dump',
    'route-batch',
    'nexthop-request',
    'extack',
    'notices',
    'core',
    'wire',
    'text',
    'errors',
    'model',
    'abi',
    'abi/records',
  ],
  netns: [
    'watch',
    'proc',
    'believe',
    'cache',
    'ioctl',
    'gateways',
    'addresses',
    'nexthops',
    'rules',
    'sysctls',
    'routes',
    'links',
    'batch',
    'flow-batch',
    'notices',
    'core',
    'wire',
    'text',
    'errors',
    'model',
    'abi',
    'abi/records',
  ],
  ioctl: ['routes', 'core', 'wire', 'text', 'errors', 'abi', 'abi/records'],
  addresses: [
    'routes',
    'address-request',
    'notices',
    'core',
    'wire',
    'text',
    'errors',
    'model',
    'abi',
    'abi/records',
  ],
  nexthops: [
    'routes',
    'nexthop-request',
    'extack',
    'notices',
    'core',
    'wire',
    'errors',
    'model',
    'abi',
    'abi/records',
  ],
  gateways: ['classic', 'links', 'notices', 'core', 'text', 'errors', 'model', 'abi', 'abi/records'],
  classic: ['links', 'notices', 'core', 'text', 'errors', 'abi', 'abi/records'],
  rules: ['notices', 'core', 'wire', 'errors', 'model', 'abi', 'abi/records'],
  proc: ['cache', 'routes', 'core', 'text', 'errors', 'abi'],
  watch: ['notices', 'wire', 'errors', 'model'],
  believe: [
    'addresses',
    'rules',
    'nexthops',
    'routes',
    'links',
    'dump',
    'route-batch',
    'extack',
    'notices',
    'core',
    'wire',
    'errors',
    'model',
    'abi',
  ],
  routes: [
    'restore',
    'columns',
    'links',
    'extack',
    'notices',
    'core',
    'wire',
    'text',
    'errors',
    'model',
    'abi',
    'abi/records',
  ],
  restore: ['dump', 'route-batch', 'extack', 'core', 'wire', 'errors', 'model', 'abi', 'abi/records'],
  columns: ['dump', 'extack', 'core', 'text', 'errors', 'model', 'abi', 'abi/records'],
  dump: ['core', 'wire', 'model', 'abi'],
  'route-batch': ['core', 'wire', 'abi', 'abi/records'],
  cache: ['sysctls', 'core', 'text', 'errors', 'model', 'abi/records'],
  sysctls: ['links', 'route-sysctls', 'notices', 'core', 'wire', 'errors', 'abi', 'abi/records'],
  'route-sysctls': ['core', 'abi/records'],
  links: ['link', 'notices', 'core', 'wire', 'text', 'errors', 'model', 'abi', 'abi/records'],
  link: ['notices', 'core', 'wire', 'text', 'errors', 'model', 'abi', 'abi/records'],
  'address-request': ['core', 'text', 'errors', 'model', 'abi'],
  'nexthop-request': ['core', 'text', 'errors', 'model', 'abi', 'abi/records'],
  extack: ['core', 'errors', 'abi', 'abi/records'],
  notices: ['wire'],
  batch: ['core', 'errors', 'model', 'abi/records'],
  'flow-batch': ['core', 'errors', 'model', 'abi/records'],
  feed: ['wire', 'text', 'errors', 'model', 'abi', 'node', 'koffi'],
  core: ['text', 'errors', 'model', 'abi', 'abi/records', '@assemblyscript/loader'],
  wire: ['text', 'errors', 'model', 'abi', 'abi/records'],
  text: ['errors', 'model', 'abi'],
  model: ['errors', 'abi'],
  errors: ['abi'],
  'abi/records': [],
  abi: [],
};

/**
 * The core: a tower. A floor may use every floor below it; neighbours may use each other, in one direction.
 */
export const TOWER = [
  ['index', 'testing', 'table'],
  ['snapshot', 'check', 'dump'],
  ['decide'],
  ['cache'],
  ['rule', 'fib'],
  ['device', 'gateway', 'forward', 'trie'],
  ['directory', 'switch', 'claim', 'generation'],
  ['arena'],
  ['config'],
  ['record', 'key', 'hash', 'checksum', 'abi'],
];

/** Test and script code may import what it tests. */
const FREE = ['test', 'fuzz', 'scripts'];

/**
 * The room of a file: first folder or file name below src/ and assembly/, else the folder at the top.
 * @param {string} path
 */
export function room(path) {
  const [top = '', next = ''] = path.split('/');
  if (path === 'src/abi/records.ts') return 'abi/records';
  return top === 'src' || top === 'assembly' ? next.replace(/\.ts$/, '') : top;
}

/** All arrows that point where they may not. @param {Tree} tree  @returns {Finding[]} */
export function arrows(tree) {
  const found = [...facade(tree), ...tower(tree)];
  const circle = circles(tree);
  return [...found, ...circle];
}

/** @param {Tree} tree */
function facade(tree) {
  /** @type {Finding[]} */
  const found = [];
  const { name = '', exports = {} } = tree.packageJson;
  const entries = Object.keys(exports).map((key) => key.replace('.', name));
  for (const file of tree.sources('src', 'cli', 'bench', 'web')) {
    const from = room(file.path);
    const may = FACADE[from];
    if (!may) {
      found.push(
        error('arrows', file.path, 1, `room '${from}' is not in the table of scripts/tidy/arrows.mjs`),
      );
      continue;
    }
    for (const { to, line } of file.imports) {
      const say = (/** @type {string} */ text) => found.push(error('arrows', file.path, line, text));
      if (to.startsWith('.')) {
        const path = tree.resolve(file.path, to);
        const target = path && room(path);
        if (!target) say(`'${to}' names no file`);
        else if (path.startsWith('assembly/'))
          say(`'${to}': the core is reached through core/ and its exports only`);
        else if (target !== from && !may.includes(target)) say(`${from} may not import ${target}`);
      } else if (to.startsWith('node:') || builtinModules.includes(to)) {
        if (!may.includes('node'))
          say(`'${to}': Node's modules are for feed/, cli/, bench/, scripts/ and tests`);
        else if (!to.startsWith('node:')) say(`write 'node:${to}'`);
      } else if (to === name || to.startsWith(`${name}/`)) {
        if (!may.includes('hoptrie')) say(`'${to}': inside the house imports are relative`);
        else if (!entries.includes(to)) say(`'${to}' is no entry of package.json's exports`);
      } else if (!may.includes(packageName(to))) say(`${from} may not import the package '${to}'`);
    }
  }
  return found;
}

/** @param {Tree} tree */
function tower(tree) {
  /** @type {Finding[]} */
  const found = [];
  const floor = (/** @type {string} */ name) => TOWER.findIndex((rooms) => rooms.includes(name));
  for (const file of tree.sources('assembly')) {
    const from = room(file.path);
    if (floor(from) < 0) {
      found.push(error('arrows', file.path, 1, `room '${from}' is on no floor of scripts/tidy/arrows.mjs`));
      continue;
    }
    for (const { to, line } of file.imports) {
      const path = tree.resolve(file.path, to);
      const say = (/** @type {string} */ text) => found.push(error('arrows', file.path, line, text));
      if (!path) say(`'${to}' names no file of the core`);
      else if (path.startsWith('src/') && !path.startsWith('src/abi/'))
        say(`'${to}': only src/abi is shared`);
      else if (floor(room(path).split('/', 1)[0] ?? '') < floor(from))
        say(`${from} may not import ${room(path)}: it is a floor above`);
    }
  }
  return found;
}

/**
 * Circles, one finding for each: between rooms by any import; between files, worth a look, by imports that run.
 * @param {Tree} tree
 */
function circles(tree) {
  /** @type {Map<string, Set<string>>} */
  const rooms = new Map();
  /** @type {Map<string, Set<string>>} */
  const files = new Map();
  for (const file of tree.sources(...CODE.filter((top) => !FREE.includes(top)))) {
    const top = file.path.startsWith('assembly/') ? 'assembly/' : '';
    for (const { to, typeOnly } of file.imports) {
      const path = tree.resolve(file.path, to);
      if (!path) continue;
      if (!typeOnly) link(files, file.path, path);
      if (room(path) !== room(file.path))
        link(rooms, top + room(file.path), (path.startsWith('src/abi') ? '' : top) + room(path));
    }
  }
  const say = (/** @type {string[]} */ loop) => `circle: ${loop.join(' -> ')} -> ${loop[0]}`;
  return [
    ...loops(rooms).map((loop) => error('arrows', loop[0] ?? '', 1, say(loop))),
    ...loops(files).map((loop) => warn('arrows', loop[0] ?? '', 1, say(loop))),
  ];
}

/** @param {Map<string, Set<string>>} graph  @param {string} from  @param {string} to */
function link(graph, from, to) {
  const out = graph.get(from);
  if (out) out.add(to);
  else graph.set(from, new Set([to]));
}

/**
 * One loop for each backward arrow that a depth-first walk meets; none exactly when the graph has no circle.
 * @param {Map<string, Set<string>>} graph
 */
export function loops(graph) {
  /** @type {string[][]} */
  const found = [];
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /** @param {string} at */
  const visit = (at) => {
    if (path.includes(at)) found.push(path.slice(path.indexOf(at)));
    if (path.includes(at) || done.has(at)) return;
    path.push(at);
    for (const next of graph.get(at) ?? []) visit(next);
    path.pop();
    done.add(at);
  };
  for (const at of graph.keys()) visit(at);
  return found;
}

/** `@scope/name/file` to `@scope/name`. @param {string} specifier */
export function packageName(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

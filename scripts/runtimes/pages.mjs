// runtimes/pages.mjs - test/runtimes/page.js as it is, and by each bundler without options but what goes in and what comes out.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as rolldown } from 'rolldown';
import { build as vite } from 'vite';
import webpack from 'webpack';

/** @param {string} folder  @param {string} script  @param {string} head */
function writePage(folder, script, head = '') {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html>
<meta charset="utf-8">
<title>hoptrie</title>
<link rel="icon" href="data:,">
${head}<script type="module" src="${script}"></script>
`,
  );
}

/** Ways to make a page of the folder of the test: each gives the folder to be served. @type {Record<string, (app: string) => Promise<string>>} */
export const PAGES = {
  'modules as they are': (app) => {
    const library = 'node_modules/hoptrie';
    const text = readFileSync(join(app, library, 'package.json'), 'utf8');
    const { exports } = /** @type {{ exports: Record<string, string | { default: string }> }} */ (
      JSON.parse(text)
    );
    const entries = Object.entries(exports).flatMap(([key, entry]) =>
      typeof entry === 'string'
        ? []
        : [[key.replace('.', 'hoptrie'), entry.default.replace('.', `/${library}`)]],
    );
    const imports = /** @type {Record<string, string>} */ (Object.fromEntries(entries));
    const loader = { '@assemblyscript/loader': '/node_modules/@assemblyscript/loader/index.js' };
    const map = JSON.stringify({ imports: { ...imports, ...loader } });
    writePage(app, '/page.js', `<script type="importmap">${map}</script>\n`);
    return Promise.resolve(app);
  },

  Vite: async (app) => {
    const root = join(app, 'vite');
    for (const name of ['answers.js', 'page.js']) cpSync(join(app, name), join(root, name));
    writePage(root, '/page.js');
    await vite({ root, configFile: false, logLevel: 'error' });
    return join(root, 'dist');
  },

  webpack: async (app) => {
    const folder = resolve(app, 'webpack');
    const bundler = webpack({
      mode: 'production',
      context: resolve(app),
      entry: './page.js',
      output: { path: folder },
    });
    /** @type {webpack.Stats | undefined} */
    const stats = await promised((done) => {
      bundler.run(done);
    });
    await promised((done) => {
      bundler.close((error) => {
        done(error, undefined);
      });
    });
    if (stats?.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
    writePage(folder, '/main.js');
    return folder;
  },

  esbuild: async (app) => {
    const outdir = join(app, 'esbuild');
    await esbuild({ entryPoints: [join(app, 'page.js')], bundle: true, outdir, logLevel: 'error' });
    writePage(outdir, '/page.js');
    return outdir;
  },

  rolldown: async (app) => {
    const dir = join(app, 'rolldown');
    await rolldown({ input: join(app, 'page.js'), output: { dir } });
    writePage(dir, '/page.js');
    return dir;
  },
};

/**
 * What a function with a callback gives.
 * @template T  @param {(done: (error: Error | null | undefined, value: T) => void) => void} start  @returns {Promise<T>}
 */
function promised(start) {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/**
 * browser.test.ts - the packed package in headless Chromium: from a plain module page, and from a Vite build.
 *
 * Needs /usr/bin/chromium, or the browser that CHROMIUM names.
 */
import assert from 'node:assert/strict';
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright';
import { build } from 'vite';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { BUILD, ROOT, installed } from '../package/pack.js';
import { serve, type Site } from './serve.js';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What page.js finds. */
const ANSWERS = {
  '10.9.9.9': '192.0.2.1',
  '10.1.2.3': '192.0.2.2',
  '198.51.100.1': 'EINVAL',
  '203.0.113.9': 'ENETUNREACH',
  'no address': 'EINVAL',
};

const PAGE = fileURLToPath(new URL('page.js', import.meta.url));
const html = (head: string, script: string) =>
  `<!doctype html>\n<meta charset="utf-8">\n<title>hoptrie</title>\n<link rel="icon" href="data:,">\n${head}<body></body>\n${script}\n`;

describe('headless Chromium', () => {
  const folder = join(BUILD, 'browser');
  let browser: Browser;
  let library = '';

  beforeAll(async () => {
    library = await installed(folder);
    browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ARGS,
    });
    console.info(`Chromium ${browser.version()}`);
  });

  afterAll(() => browser.close());

  /** Opens the site's page and compares what it writes; whatever the page throws or misses fails the test. */
  async function check(site: Site): Promise<void> {
    const page = await browser.newPage();
    const troubles: string[] = [];
    page.on('console', (message) => troubles.push(`${message.type()}: ${message.text()}`));
    const thrown = new Promise<void>((done) => {
      page.on('pageerror', (error) => {
        troubles.push(String(error));
        done();
      });
    });
    await page.goto(`${site.origin}/`);
    const answers = page.locator('#answers');
    const written = answers.waitFor({ timeout: 20_000 }).catch((e: unknown) => troubles.push(String(e)));
    await Promise.race([written, thrown]);
    assert.deepEqual([...troubles, ...site.missed], []);
    assert.deepEqual(JSON.parse((await answers.textContent()) ?? ''), ANSWERS);
    await page.close();
  }

  test('a plain module page, with an import map', async () => {
    const site = join(folder, 'plain');
    await mkdir(site, { recursive: true });
    await copyFile(PAGE, join(site, 'page.js'));
    const imports = { hoptrie: '/hoptrie/dist/index.js', '@assemblyscript/loader': '/loader/index.js' };
    const map = `<script type="importmap">${JSON.stringify({ imports })}</script>\n`;
    await writeFile(join(site, 'index.html'), html(map, '<script type="module" src="page.js"></script>'));
    const loader = join(ROOT, 'node_modules/@assemblyscript/loader');
    await using running = await serve({ '/': site, '/hoptrie/': library, '/loader/': loader });
    await check(running);
  });

  test('a Vite production build', async () => {
    const site = join(folder, 'vite');
    await mkdir(site, { recursive: true });
    await copyFile(PAGE, join(site, 'page.js'));
    await writeFile(join(site, 'index.html'), html('', '<script type="module" src="/page.js"></script>'));
    await build({ root: site, configFile: false, logLevel: 'warn' });
    // Elsewhere and alone: what is served is what was built.
    const served = join(folder, 'served');
    await cp(join(site, 'dist'), served, { recursive: true });
    await using running = await serve({ '/': served });
    await check(running);
  });
});

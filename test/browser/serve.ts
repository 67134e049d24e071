/**
 * serve.ts - a web server for the length of a test: given folders, on 127.0.0.1, on a free port.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** A running server. */
export interface Site extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Paths that were asked for and not found. */
  readonly missed: readonly string[];
}

/** Serves each folder below its path; the longest path that fits is taken. `/` asks for index.html. */
export async function serve(folders: Readonly<Record<string, string>>): Promise<Site> {
  const missed: string[] = [];
  const paths = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const url = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const base = paths.find((path) => url.startsWith(path));
    const rest = base === undefined ? url : url.slice(base.length);
    const file = join(base === undefined ? '' : (folders[base] ?? ''), rest === '' ? 'index.html' : rest);
    readFile(file).then(
      (body) => response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(body),
      () => {
        missed.push(url);
        response.writeHead(404).end();
      },
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    missed,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

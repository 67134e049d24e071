/**
 * server/path.ts - the file that a Unix socket is: made so that nobody else may open it, and so that whoever finds it
 * can connect; removed when it is ours, or when it is a socket on which nobody answers.
 *
 * The socket is bound under another name and gets its own when it listens: a link, which never replaces a file.
 */
import { linkSync, lstatSync, unlinkSync, type Stats } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { Failure, asFailure } from '../failure.js';

/** Longest path that a socket address holds: sun_path of struct sockaddr_un, without its NUL. */
const PATH_MAX = 107;
/** Only the owner may open what is made under it. */
const PRIVATE_UMASK = 0o177;

/** A socket that was bound. */
export interface Bound {
  readonly path: string;
  /** Number of its file. */
  readonly inode: number;
}

/**
 * Lets `server` listen at `path`.
 * @throws {Failure} the path is too long, taken, or cannot be made
 */
export async function bindSocket(server: Server, path: string): Promise<Bound> {
  const bound = join(dirname(path), `.${process.pid}-${bindings++}`);
  for (const name of [path, bound]) checkLength(name);
  await makeRoom(path);
  try {
    await listenPrivately(server, bound);
    const inode = lstatSync(bound).ino;
    linkSync(bound, path);
    unlinkSync(bound);
    return { path, inode };
  } catch (error) {
    server.close();
    throw asFailure(error, `cannot listen at ${path}`);
  }
}

/** Sockets that this process has bound. */
let bindings = 0;

/** Removes a socket, unless its file is another one by now. */
export function removeSocket({ path, inode }: Bound): void {
  if (look(path)?.ino === inode) unlinkSync(path);
}

/** The name is bound within `listen`, so nobody ever sees it with other rights. */
function listenPrivately(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const umask = process.umask(PRIVATE_UMASK);
    try {
      server.once('error', reject);
      server.listen(name, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

/** Removes the socket of a server that is no more. @throws {Failure} anything else is there */
async function makeRoom(path: string): Promise<void> {
  const found = look(path);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Failure(`cannot listen at ${path}: there is a file that is no socket`);
  const code = await knock(path);
  if (code === undefined) throw new Failure(`cannot listen at ${path}: another server is there`);
  if (code !== 'ECONNREFUSED') throw new Failure(`cannot listen at ${path}: there is a socket (${code})`);
  if (look(path)?.ino === found.ino) unlinkSync(path);
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Connects to a socket: undefined if somebody answers, else why not. */
function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once('connect', () => socket.destroy());
  });
}

/** libuv would cut a longer one. */
function checkLength(path: string): void {
  const length = Buffer.byteLength(path);
  if (length > PATH_MAX)
    throw new Failure(`path of a socket: expected up to ${PATH_MAX} bytes, got ${length}: ${path}`);
}

/**
 * ip/sides.ts - those who run scenarios, each time on a fresh namespace:
 *
 *   kernel   the real `ip` in a network namespace without IPv6 (root)
 *   shim     the real `ip` behind a preload library, on a served Netns
 *   socket   `hoptrie/ip` on a served Netns
 *   ns.ip    `hoptrie/ip` on a Netns
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { Netns } from 'hoptrie';
import { runIp, runIpOver, type Connect, type IpResult } from 'hoptrie/ip';
import { ipSockets } from '../../cli/server/ip-socket.js';
import { Server } from '../../cli/server/server.js';
import type { Outcome } from './outcome.js';
import type { Step } from './scenario.js';

/** A namespace on which steps are run. */
export interface World {
  /** Runs a step; undefined when this side cannot. */
  run(step: Step): Promise<Outcome | undefined>;
  close(): Promise<void>;
}

export type Open = () => Promise<World>;

const DONE: Outcome = [0, '', ''];
/** Milliseconds after which a monitor listens, and within which it has told what there was. */
const SETTLE_MS = 300;
/** Turns of the event loop after which what two sockets of this process have told each other has arrived. */
const SETTLE_TURNS = 100;
/** A command that runs longer is stuck. */
const STUCK_MS = 20_000;

/** Runs all steps. */
export async function runAll(open: Open, steps: readonly Step[]): Promise<(Outcome | undefined)[]> {
  const world = await open();
  try {
    const outcomes: (Outcome | undefined)[] = [];
    for (const step of steps) outcomes.push(await world.run(step));
    return outcomes;
  } finally {
    await world.close();
  }
}

// ---------------------------------------------------------------- programs

/** A world in which the real `ip` is run. */
class Programs implements World {
  /** Kept outputs: `restore` reads from files only. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'hoptrie-ip-'));
  #monitor: { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } | undefined;

  constructor(
    /** What stands in front of `ip`, and its environment. */
    readonly prefix: readonly string[],
    readonly env: NodeJS.ProcessEnv,
    readonly sysctl: (path: string, value: string) => Promise<boolean> | boolean,
    readonly end: () => Promise<void> | void,
  ) {}

  async run(step: Step): Promise<Outcome> {
    const { words } = step;
    if (step.do === 'wait') return (await pause(Number(words[0]) * 1000), DONE);
    if (step.do === 'sysctl')
      return [(await this.sysctl(words[0]!, words.slice(1).join(' '))) ? 0 : 1, '', ''];
    if (step.do === 'stop') return this.#stop();
    if (step.do === 'start') return this.#start(words);
    const outcome = await this.#spawn(words, step.input ?? '', step.from).outcome;
    if (step.to !== undefined) writeFileSync(join(this.#folder, step.to), outcome[1], 'latin1');
    return outcome;
  }

  async close(): Promise<void> {
    if (this.#monitor) await this.#stop();
    rmSync(this.#folder, { recursive: true });
    await this.end();
  }

  async #start(words: readonly string[]): Promise<Outcome> {
    this.#monitor = this.#spawn(words, '');
    await pause(SETTLE_MS);
    return DONE;
  }

  async #stop(): Promise<Outcome> {
    if (this.#monitor === undefined) return DONE;
    await pause(SETTLE_MS);
    this.#monitor.child.kill();
    const [, stdout] = await this.#monitor.outcome;
    this.#monitor = undefined;
    return [0, stdout, ''];
  }

  #spawn(
    words: readonly string[],
    input: string,
    from?: string,
  ): { child: ChildProcess; outcome: Promise<Outcome> } {
    const [command = '', ...args] = [...this.prefix, 'ip', ...words];
    const stdin = from === undefined ? 'pipe' : openSync(join(this.#folder, from), 'r');
    const child = spawn(command, args, {
      env: this.env,
      timeout: STUCK_MS,
      stdio: [stdin, 'pipe', 'pipe'],
    });
    if (stdin !== 'pipe') closeSync(stdin);
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]!.setEncoding('latin1').on('data', (chunk: string) => (text[name] += chunk));
    }
    child.stdin?.on('error', () => undefined).end(input);
    const outcome = new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve([code, text.stdout, text.stderr]));
    });
    return { child, outcome };
  }
}

/** The kernel, in a network namespace that ends with the world. */
export const openKernel: Open = async () => {
  const quiet =
    'for c in all default; do for f in disable_ipv6 addr_gen_mode; do echo 1 > /proc/sys/net/ipv6/conf/$c/$f; done; done; echo; exec sleep 600';
  const holder = spawn('unshare', ['--net', 'sh', '-c', quiet], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    holder.stdout.once('data', resolve);
    holder
      .once('error', reject)
      .once('exit', () => reject(new Error('no network namespace: root is needed')));
  });
  const prefix = ['nsenter', `--net=/proc/${holder.pid}/ns/net`];
  const sysctl = (path: string, value: string): Promise<boolean> =>
    new Promise((resolve) => {
      const write = ['sh', '-c', 'printf %s "$1" > "/proc/sys/net/$0"', path, value];
      spawn(prefix[0]!, [...prefix.slice(1), ...write], { stdio: 'ignore' }).on('close', (code) =>
        resolve(code === 0),
      );
    });
  return new Programs(prefix, process.env, sysctl, () => void holder.kill('SIGKILL'));
};

/** The real `ip` behind the preload library `library`, on a served namespace. */
export function openShim(library: string): Open {
  return async () => {
    const { ns, path, end } = await serve();
    const env = {
      ...process.env,
      LD_PRELOAD: library,
      NLSHIM_SOCK: path,
      NLSHIM_MODE: 'stream',
      NLSHIM_CTL: '1',
    };
    return new Programs([], env, (name, value) => setSysctl(ns, name, value), end);
  };
}

/** A fresh namespace on a socket of its own. */
async function serve(now?: () => number): Promise<{ ns: Netns; path: string; end: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'hoptrie-ip-'));
  const path = join(folder, 's');
  const ns = Netns.create();
  const server = await Server.listen(ns, path, { say: (line) => console.error(line), ...(now && { now }) });
  const end = async (): Promise<void> => {
    await server.close();
    ns.check();
    ns.close();
    rmSync(folder, { recursive: true });
  };
  return { ns, path, end };
}

function setSysctl(ns: Netns, path: string, value: string): boolean {
  try {
    ns.sysctl.set(`net/${path}`, value);
    return true;
  } catch {
    return false;
  }
}

// ---------------------------------------------------------------- the language

/** Runs the words of a step; what `wait` lets pass is up to the world. */
type Run = (words: readonly string[], stdin: Uint8Array) => IpResult | Promise<IpResult>;

/** A world in which `hoptrie/ip` is run; `monitor` starts what runs beside. */
class Language implements World {
  readonly #kept = new Map<string, Uint8Array>();
  #stop: (() => Promise<Outcome>) | undefined;

  constructor(
    readonly ns: Netns,
    readonly ip: Run,
    readonly pass: (ms: number) => void,
    readonly end: () => Promise<void> | void,
    readonly monitor?: (words: readonly string[]) => Promise<() => Promise<Outcome>>,
  ) {}

  async run(step: Step): Promise<Outcome | undefined> {
    const { words } = step;
    if (step.do === 'wait') return (this.pass(Number(words[0]) * 1000), DONE);
    if (step.do === 'sysctl')
      return [setSysctl(this.ns, words[0]!, words.slice(1).join(' ')) ? 0 : 1, '', ''];
    if (step.do === 'start') return ((this.#stop = await this.monitor?.(words)), this.monitor && DONE);
    if (step.do === 'stop') return this.#stop?.();
    const kept = step.from === undefined ? undefined : this.#kept.get(step.from);
    const result = await this.ip(words, kept ?? new TextEncoder().encode(step.input ?? ''));
    const { code, stdout, stderr, bytes } = result;
    if (step.to !== undefined) this.#kept.set(step.to, bytes.length > 0 ? bytes : Buffer.from(stdout));
    return [code, latin1(stdout) + Buffer.from(bytes).toString('latin1'), latin1(stderr)];
  }

  async close(): Promise<void> {
    await this.end();
  }
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** `ns.ip`. It cannot listen while others work. */
export const openNetns: Open = () => {
  const ns = Netns.create();
  const end = (): void => {
    ns.check();
    ns.close();
  };
  const ip: Run = (words, stdin) => runIp(ns, words, { stdin });
  return Promise.resolve(new Language(ns, ip, (ms) => ns.advance(ms), end));
};

/** `hoptrie/ip` over a socket. The clock goes on with the scenario's own waits. */
export const openSocket: Open = async () => {
  let now = 0;
  const { ns, path, end } = await serve(() => now);
  const sockets = ipSockets(path, () => undefined);
  const ip: Run = (words, stdin) => runIpOver(sockets, words, { stdin });
  return new Language(
    ns,
    ip,
    (ms) => void (now += ms),
    end,
    (words) => monitorOver(sockets, words),
  );
};

/** Starts a monitor; what is given back ends it and has its output. */
async function monitorOver(sockets: Connect, words: readonly string[]): Promise<() => Promise<Outcome>> {
  const closing: (() => void)[] = [];
  let text = '';
  const watched: Connect = async (socket) => {
    const connection = await sockets(socket);
    closing.push(() => connection.close());
    return connection;
  };
  const done = runIpOver(watched, words, {}, (stdout) => (text += stdout));
  await settled();
  return async () => {
    await settled();
    for (const close of closing) close();
    await done;
    return [0, latin1(text), ''];
  };
}

/** Waits for turns, not for time: they get longer under load, and not more. */
async function settled(): Promise<void> {
  for (let i = 0; i < SETTLE_TURNS; i++) await turn();
}

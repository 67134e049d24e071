/**
 * live/frr.ts - FRR's daemons as real processes in network namespaces, with configurations of our own.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './space.js';

const DAEMONS = '/usr/lib/frr';

/** Whether Debian's package `frr` is installed. */
export const HAS_FRR = existsSync(`${DAEMONS}/zebra`);

if (!HAS_FRR) console.warn('live tests of FRR are left out: install the package frr');

/** The daemons of one router. */
export class Router {
  readonly #dir: string;
  readonly #running = new Map<string, ChildProcess>();

  /** @param space the name of its namespace */
  constructor(
    readonly name: string,
    readonly space: string,
  ) {
    this.#dir = mkdtempSync(join(tmpdir(), 'hoptrie-frr-'));
    chmodSync(this.#dir, 0o777);
    mkdirSync(this.#run, { recursive: true });
    execFileSync('chown', ['frr:frr', this.#run]);
    mkdirSync(this.#etc, { recursive: true });
    writeFileSync(join(this.#etc, 'vtysh.conf'), '');
  }

  get #run(): string {
    return `/var/run/frr/${this.name}`;
  }

  get #etc(): string {
    return `/etc/frr/${this.name}`;
  }

  /** Starts a daemon with a configuration, and waits until it listens to vtysh. */
  async start(daemon: string, configuration: string, ...options: string[]): Promise<void> {
    const file = join(this.#dir, `${daemon}.conf`);
    writeFileSync(file, configuration);
    chmodSync(file, 0o644);
    const log = `file:${join(this.#dir, `${daemon}.log`)}`;
    const args = ['-N', this.name, '-f', file, '-P', '0', '--log', log, ...options];
    const command = ['netns', 'exec', this.space, `${DAEMONS}/${daemon}`, ...args];
    this.#running.set(daemon, spawn('ip', command, { stdio: 'ignore' }));
    await until(() => existsSync(`${this.#run}/${daemon}.vty`));
  }

  /** Ends a daemon, gently or not. */
  async stop(daemon: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#running.get(daemon);
    this.#running.delete(daemon);
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.on('exit', resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(late);
    rmSync(`${this.#run}/${daemon}.vty`, { force: true });
  }

  /** Runs commands of vtysh; gives what they print. */
  vtysh(...commands: string[]): string {
    const args = ['-N', this.name, ...commands.flatMap((command) => ['-c', command])];
    return execFileSync('vtysh', args, { encoding: 'utf8', maxBuffer: 1 << 29 });
  }

  /** Changes the configuration. */
  configure(...commands: string[]): void {
    this.vtysh('configure terminal', ...commands);
  }

  /** Changes the configuration by a file of many lines. */
  batch(lines: readonly string[]): void {
    const file = join(this.#dir, 'batch');
    writeFileSync(file, `${lines.join('\n')}\n`);
    execFileSync('vtysh', ['-N', this.name, '-f', file], { stdio: 'ignore' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of [...this.#running.keys()].reverse()) await this.stop(daemon);
    for (const path of [this.#dir, this.#run, this.#etc]) rmSync(path, { recursive: true, force: true });
  }
}

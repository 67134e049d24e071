/**
 * bench/native.ts - the native peers: plain DIR-24-8 in C, and DPDK's rte_fib and rte_lpm where DPDK is installed.
 *
 * Each is compiled into the folder of the run and asked as bench/process.ts says; bench/native/serve.c has the orders.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectPath } from './machine.js';
import { Process } from './process.js';
import { TRACES } from './trace.js';
import type { Order } from './forward.js';

const run = promisify(execFile);

/** The peers by name. */
export const NATIVES = ['C DIR-24-8', 'DPDK rte_fib', 'DPDK rte_lpm'] as const;
export type NativeName = (typeof NATIVES)[number];

const SOURCES = projectPath('bench/native');
/** What each adds to serve.c, and the package it needs. */
const FILES: Record<NativeName, { readonly source: string; readonly needs?: string }> = {
  'C DIR-24-8': { source: 'dir24.c' },
  'DPDK rte_fib': { source: 'fib.c', needs: 'libdpdk' },
  'DPDK rte_lpm': { source: 'lpm.c', needs: 'libdpdk' },
};
const COMPILERS = ['gcc', 'cc'];
/** The last -march wins, so ours stands after those of a package. */
const FLAGS = ['-std=gnu11', '-O3'];
const MACHINE = ['-march=native'];

/** The first line of `compiler --version`, of the first compiler there is; undefined where there is none. */
export async function findCompiler(): Promise<
  { readonly command: string; readonly version: string } | undefined
> {
  for (const command of COMPILERS) {
    try {
      const { stdout } = await run(command, ['--version']);
      return { command, version: stdout.split('\n', 1)[0]! };
    } catch {
      continue; // the next one
    }
  }
  return undefined;
}

/** What pkg-config says of a package, as words; undefined where the package is not installed. */
async function packageConfig(option: string, name: string): Promise<string[] | undefined> {
  try {
    const { stdout } = await run('pkg-config', [option, name]);
    return stdout.split(/\s+/).filter((word) => word !== '');
  } catch {
    return undefined;
  }
}

/** The version of DPDK that is installed. */
export async function dpdkVersion(): Promise<string | undefined> {
  return (await packageConfig('--modversion', 'libdpdk'))?.[0];
}

/** @throws {Error} the first error that the compiler finds */
async function compile(command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, args);
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string };
    throw new Error(/^.*error: .*$/m.exec(stderr ?? '')?.[0] ?? message);
  }
}

/**
 * Compiles a peer into `folder` and starts it on the workload there.
 * @throws {Error} no compiler, a package is not installed, or what the compiler says
 */
export async function startNative(name: NativeName, folder: string): Promise<Process> {
  const { source, needs } = FILES[name];
  const compiler = await findCompiler();
  if (compiler === undefined) throw new Error('no C compiler');
  const cflags = needs === undefined ? [] : await packageConfig('--cflags', needs);
  const libs = needs === undefined ? [] : await packageConfig('--libs', needs);
  if (cflags === undefined || libs === undefined) throw new Error(`${needs} is not installed`);
  const program = join(folder, source.replace('.c', ''));
  const sources = ['serve.c', source].map((file) => join(SOURCES, file));
  await compile(compiler.command, [...FLAGS, ...cflags, ...MACHINE, ...sources, '-o', program, ...libs]);
  return Process.spawn<Order>(name, program, [folder, ...TRACES], orderLine);
}

/** An order as serve.c reads it. */
function orderLine(order: Order): string {
  switch (order.do) {
    case 'prepare':
      return 'prepare 0 0 0';
    case 'answers':
      return `answers ${order.way} ${TRACES.indexOf(order.trace)} ${order.rows}`;
    case 'round':
      return `round ${order.way} ${TRACES.indexOf(order.trace)} ${order.ms}`;
  }
}

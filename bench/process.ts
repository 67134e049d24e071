/**
 * bench/process.ts - processes that are asked for one thing at a time: forks of the bench, and programs.
 *
 * A fork takes orders and gives replies as messages; a program reads an order as a line and writes a reply as a line of
 * JSON. A reply that has `error` is a failure.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that answers orders one after the other. */
export class Process {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #send: (order: object) => void;
  #ended: string | undefined;
  #waiting:
    { readonly resolve: (reply: unknown) => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(name: string, child: ChildProcess, send: (order: object) => void) {
    this.name = name;
    this.#child = child;
    this.#send = send;
    child.once('error', (error) => this.#end(error.message));
    // Not 'exit': its last words may still be on their way then.
    child.once('close', (code, signal) => this.#end(`its process ended (${signal ?? code})`));
  }

  /** `script` again, as a worker of a kind. */
  static fork(name: string, script: string, kind: string): Process {
    const child = fork(script, ['--worker', kind], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const made = new Process(name, child, (order) => child.send(order));
    child.on('message', (reply) => made.#hear(reply));
    return made;
  }

  /** A program; `line` writes an order as it reads it. */
  static spawn<T extends object>(
    name: string,
    program: string,
    args: readonly string[],
    line: (order: T) => string,
  ): Process {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const made = new Process(name, child, (order) => child.stdin.write(`${line(order as T)}\n`));
    child.stdin.on('error', () => undefined); // its end is heard of as such
    createInterface(child.stdout).on('line', (text) => made.#hear(JSON.parse(text)));
    return made;
  }

  #hear(reply: unknown): void {
    this.#waiting?.resolve(reply);
    this.#waiting = undefined;
  }

  #end(why: string): void {
    this.#ended ??= why;
    this.#waiting?.reject(new Error(this.#ended));
    this.#waiting = undefined;
  }

  /** @throws {Error} what the process says, or that it has ended */
  async ask<T>(order: object): Promise<T> {
    const reply = await new Promise<unknown>((resolve, reject) => {
      if (this.#ended !== undefined) return reject(new Error(this.#ended));
      this.#waiting = { resolve, reject };
      this.#send(order);
    });
    const { error } = reply as { readonly error?: string };
    if (error !== undefined) throw new Error(error);
    return reply as T;
  }

  end(): void {
    this.#child.kill();
  }
}

/** Answers a parent's orders in a fork until the parent lets go. */
export function serveParent<T>(answer: (order: T) => unknown): void {
  process.on('message', (order: T) => {
    Promise.resolve(order)
      .then(answer)
      .then(
        (reply) => process.send!(reply),
        (error: unknown) => process.send!({ error: (error as Error).message }),
      );
  });
}

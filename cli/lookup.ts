/**
 * cli/lookup.ts - `hoptrie lookup --from FILE ADDR...`: which route a file's table has for some addresses.
 */
import { FibError, type Answer, type Netns } from 'hoptrie';
import { columns, type Output } from './output.js';
import { loadFile } from './source.js';

/** The answer for one address: a route, or why there is none. */
export interface Answered {
  readonly address: string;
  readonly answer?: Answer;
  /** Errno name, and the route that rejects where one does. */
  readonly error?: string;
  readonly rejectedBy?: Answer;
}

/**
 * Asks for one address.
 * @throws {FibError} EINVAL: the address is none
 */
export function ask(ns: Netns, address: string): Answered {
  try {
    return { address, answer: ns.lookup(address) };
  } catch (error) {
    if (!(error instanceof FibError) || error.offset !== undefined) throw error;
    const route = error.route as Answer | undefined;
    return { address, error: error.code, ...(route === undefined ? {} : { rejectedBy: route }) };
  }
}

/** Answers in columns: address, prefix, type where it is not unicast, gateway, device, source, metric. */
export function answerLines(answered: readonly Answered[]): string {
  const rows = answered.map(({ address, answer, error, rejectedBy }) => {
    if (answer === undefined) {
      const by = rejectedBy === undefined ? 'no route' : `${rejectedBy.type} ${rejectedBy.prefix}`;
      return [address, by, error ?? ''];
    }
    const path = [
      answer.type === 'unicast' ? '' : String(answer.type),
      answer.via === undefined ? '' : `via ${answer.via}`,
      answer.dev === undefined ? '' : `dev ${answer.dev}`,
      answer.prefsrc === undefined ? '' : `src ${answer.prefsrc}`,
      answer.metric === 0 ? '' : `metric ${answer.metric}`,
    ];
    return [address, answer.prefix, path.filter((word) => word !== '').join(' ')];
  });
  return columns(rows, ['left', 'left', 'left']);
}

/** Runs the verb; the exit code. */
export function lookup(output: Output, file: string, addresses: readonly string[]): number {
  const { ns } = loadFile(file, output);
  const answered = addresses.map((address) => ask(ns, address));
  output.say(answerLines(answered));
  output.json(answered);
  return answered.every(({ answer }) => answer !== undefined) ? 0 : 1;
}

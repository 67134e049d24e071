/**
 * cli/lookup.ts - `hoptrie lookup`: where packets to some addresses would go.
 */
import type { Command } from 'commander';
import { FibError, type Answer, type Netns, type TableLike } from 'hoptrie';
import { STATUS_REFUSED, usage } from './failure.js';
import { fromOption, jsonOption, readAddress, tableOption, whole } from './options.js';
import { columns, print, printJson, style } from './print.js';
import { openNetns } from './source.js';
import { answerColumns, refusalWords } from './words.js';

interface LookupOptions {
  readonly from: string;
  readonly table?: TableLike;
  readonly tos?: number;
  readonly oif?: string;
  readonly json?: true;
}

/** The answer to one question. */
export interface Reply {
  readonly dst: string;
  readonly answer?: Answer;
  readonly error?: FibError<Answer>;
}

/** Asks; an answer that is an error is one of the replies. */
export function ask(
  ns: Netns,
  dst: string,
  flow: Omit<Parameters<Netns['lookup']>[0] & object, 'dst'> = {},
): Reply {
  try {
    return { dst, answer: ns.lookup({ ...flow, dst: readAddress(dst) }) };
  } catch (error) {
    if (error instanceof FibError && isAnswer(error)) return { dst, error: error as FibError<Answer> };
    throw error;
  }
}

/** Whether the lookup was done: there is no route, or one that rejects. */
function isAnswer({ code, route }: FibError): boolean {
  return code === 'ENETUNREACH' || code === 'EAGAIN' || route !== undefined;
}

/** Replies as aligned lines; what refuses stands beside the address and widens no column. */
export function replyLines(replies: readonly Reply[], indent = 0): string {
  const rows = replies.map(({ dst, answer }) => [
    dst,
    ...(answer === undefined ? ['', '', ''] : answerColumns(answer)),
  ]);
  const width = Math.max(...replies.map(({ dst }) => dst.length));
  return columns(rows, { indent })
    .split('\n')
    .map((line, i) => {
      const { dst, error, answer } = replies[i]!;
      if (answer !== undefined || error === undefined) return line;
      return `${' '.repeat(indent)}${dst.padEnd(width)}  ${style('yellow', refusalWords(error))}`;
    })
    .join('\n');
}

/** Replies as JSON has them. */
export function replyJson({ dst, answer, error }: Reply): object {
  if (answer !== undefined) return { dst, ...answer };
  return { dst, error: error?.code, ...(error?.route === undefined ? {} : { route: error.route }) };
}

function lookup(addresses: readonly string[], options: LookupOptions): void {
  addresses.forEach(readAddress); // a mistake in the last one is told before the file is read
  using ns = openNetns(options.from);
  const { table, tos, oif } = options;
  if (oif !== undefined && !ns.link.list().some((link) => link.name === oif)) {
    throw usage(`--oif ${oif}: no route of ${options.from} goes through it`);
  }
  const flow = {
    ...(table === undefined ? {} : { table }),
    ...(tos === undefined ? {} : { tos }),
    ...(oif === undefined ? {} : { oif }),
  };
  const replies = addresses.map((address) => ask(ns, address, flow));
  if (options.json) printJson(replies.map(replyJson));
  else print(replyLines(replies));
  if (replies.some((reply) => reply.answer === undefined)) process.exitCode = STATUS_REFUSED;
}

/** Adds the verb to the program. */
export function addLookup(program: Command): void {
  program
    .command('lookup')
    .summary('where packets to some addresses would go')
    .description('Looks up addresses in the routes of a file. Exit status 1 when one of them has no route.')
    .argument('<address...>', 'IPv4 addresses')
    .addOption(fromOption())
    .addOption(tableOption('ask this table alone'))
    .option('--tos <tos>', 'the dsfield byte of the packets', whole(0, 255))
    .option('--oif <device>', 'only through this interface')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  ip route save table all > routes; hoptrie lookup --from routes 8.8.8.8 192.0.2.1
  ip -j route | hoptrie lookup --from - --json 10.0.0.1
  hoptrie lookup --from routes --table 100 10.0.0.1`,
    )
    .action(lookup);
}

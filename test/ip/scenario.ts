/**
 * ip/scenario.ts - scenario files: `ip` commands, one after the other, for a fresh namespace.
 *
 *   ip ARGS                    a command; words are quoted as in a shell
 *   ip ARGS <<END ... END      with standard input
 *   ip ARGS > NAME             with its output kept,   ip ARGS < NAME   and given to another
 *   ip monitor ARGS &          runs beside what follows, up to a line `stop`, which has its output
 *   wait SECONDS               sysctl PATH VALUE       # a comment
 * The first two and the last row are the format of ../shared/tools/difftest. Commands on IPv6 are left out.
 */

/** One line of a scenario. */
export interface Step {
  readonly line: string;
  readonly do: 'ip' | 'start' | 'stop' | 'wait' | 'sysctl';
  /** Words behind the first one. */
  readonly words: readonly string[];
  /** Standard input of an `ip`. */
  readonly input?: string;
  /** Names of kept outputs. */
  readonly from?: string;
  readonly to?: string;
}

/** A scenario file that was read. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Commands on IPv6. */
  readonly leftOut: number;
}

/** Reads a scenario; the commands `after` follow each of its commands. */
export function readScenario(name: string, text: string, after: readonly string[] = []): Scenario {
  const lines = text.split('\n');
  const steps: Step[] = [];
  let leftOut = 0;
  for (let i = 0; i < lines.length; i++) {
    const here = /^(.*?)\s*<<\s*(\S+)\s*$/.exec(lines[i]!);
    const line = (here?.[1] ?? lines[i]!).trim();
    let input: string | undefined;
    if (here !== null) {
      const end = lines.findIndex((other, at) => at > i && other.trim() === here[2]);
      if (end < 0) throw new SyntaxError(`${name}: line ${i + 1}: no ${here[2]} ends it`);
      input = lines
        .slice(i + 1, end)
        .map((each) => `${each}\n`)
        .join('');
      i = end;
    }
    if (line === '' || line.startsWith('#')) continue;
    const step = readStep(line, input);
    if (step === undefined) throw new SyntaxError(`${name}: line ${i + 1}: ${line}`);
    if (isIpv6(step)) {
      leftOut++;
      continue;
    }
    steps.push(step);
    if (step.do === 'ip') for (const command of after) steps.push(readStep(command)!);
  }
  return { name, steps, leftOut };
}

function readStep(line: string, input?: string): Step | undefined {
  const [verb, ...words] = shellWords(line);
  if (verb === 'wait' || verb === 'sysctl' || verb === 'stop') return { line, do: verb, words };
  if (verb !== 'ip') return undefined;
  if (words.at(-1) === '&') return { line, do: 'start', words: words.slice(0, -1) };
  const sign = words.at(-2);
  const file = sign === '>' ? { to: words.at(-1)! } : sign === '<' ? { from: words.at(-1)! } : undefined;
  return {
    line,
    do: 'ip',
    words: file === undefined ? words : words.slice(0, -2),
    ...(input !== undefined && { input }),
    ...file,
  };
}

/** Splits a line into words: quotes and backslashes as in a shell. */
function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:[^\s"'\\]|\\.|"[^"]*"|'[^']*')+/g)) {
    words.push(
      word.replace(
        /\\(.)|"([^"]*)"|'([^']*)'/g,
        (_, ...parts: (string | undefined)[]) => parts.slice(0, 3).find((part) => part !== undefined) ?? '',
      ),
    );
  }
  return words;
}

/** True for a command that is about IPv6, which is not there yet. */
function isIpv6({ do: verb, words }: Step): boolean {
  if (verb !== 'ip') return false;
  return words.some(
    (word) =>
      word === '-6' ||
      (/^[0-9a-f]*:[0-9a-f:]*:[0-9a-f]*(\/\d+)?$/i.test(word) && !/^([0-9a-f]{1,2}:){5}/i.test(word)),
  );
}

/**
 * cli/snapshot.ts - `hoptrie snapshot`: a file of routes as a snapshot, which loads in a fraction of the time.
 */
import { writeFileSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { asFailure } from './failure.js';
import { fromOption, jsonOption } from './options.js';
import { bytes, count, counted, duration, print, printJson } from './print.js';
import { Progress } from './progress.js';
import { loadSource, openSource } from './source.js';

interface SnapshotOptions {
  readonly from: string;
  readonly json?: true;
}

/** Writes bytes to a file, or to standard output. */
function write(file: string, content: Uint8Array): void {
  try {
    writeFileSync(file === '-' ? 1 : file, content);
  } catch (error) {
    throw asFailure(error, `cannot write ${file}`);
  }
}

function save(_action: 'save', file: string, { from, json }: SnapshotOptions): void {
  const start = performance.now();
  const { ns: made, routes } = loadSource(openSource(from), new Progress());
  using ns = made;
  const loadMs = performance.now() - start;
  const snapshot = ns.save();
  const saveMs = performance.now() - start - loadMs;
  write(file, snapshot);
  const perRoute = routes === 0 ? 0 : snapshot.length / routes;
  if (json)
    printJson({ file, from, routes, sizeBytes: snapshot.length, bytesPerRoute: perRoute, loadMs, saveMs });
  else if (file !== '-') {
    print(
      `${file}: ${counted(routes, 'route')}, ${bytes(snapshot.length)}` +
        `${routes === 0 ? '' : `, ${count(Math.round(perRoute))} bytes per route`}` +
        `; loaded in ${duration(loadMs)}, saved in ${duration(saveMs)}`,
    );
  }
}

/** Adds the verb to the program. */
export function addSnapshot(program: Command): void {
  program
    .command('snapshot')
    .summary('a file of routes as a snapshot, which loads at once')
    .description(
      'Loads a file of routes and writes a snapshot of them: a file that `--from` and `Netns.load` take, and read in a fraction of the time. A snapshot is read by the format version that wrote it (docs/FORMAT.md).',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(['save']))
    .argument('<out>', 'the file to write; - is stdout')
    .addOption(fromOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  ip route save table all | hoptrie snapshot save --from - routes.snap
  hoptrie snapshot save --from routes.json.gz routes.snap --json
  hoptrie lookup --from routes.snap 8.8.8.8`,
    )
    .action(save);
}

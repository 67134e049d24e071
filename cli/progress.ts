/**
 * cli/progress.ts - how far a long phase is, on standard error and only where that is a terminal.
 */
import cliProgress from 'cli-progress';

/** One phase after the other; silent where no terminal reads standard error. */
export class Progress {
  #bar: cliProgress.SingleBar | undefined;

  /** Begins a phase of `total` steps; the phase before ends. */
  start(title: string, total: number): void {
    this.stop();
    if (!process.stderr.isTTY) return;
    this.#bar = new cliProgress.SingleBar({
      stream: process.stderr,
      format: `${title} {bar} {percentage}%`,
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    });
    this.#bar.start(total, 0);
  }

  /** Says how many steps of the phase are done. */
  update(done: number): void {
    if (this.#bar === undefined) return;
    this.#bar.update(done);
    this.#bar.render(); // the phases do not yield, so its timer never fires
  }

  /** Ends the phase and takes the bar away. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

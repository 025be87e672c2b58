// Owner of the screen while a job runs: the output of all tasks, line by line, and what becomes of them.
//
// Tasks' standard output goes to ours and their standard error to ours; everything that raw-exec says itself goes to
// standard error, so that `raw-exec run job | grep …` sees the tasks alone.

import type { TaskResult } from '../agent/allocation-run.ts';
import type { PreparedAllocation } from '../agent/prepared-job.ts';
import type { PreparedTask } from '../agent/prepared-task.ts';
import type { OutputStream, RunListener } from '../agent/run-listener.ts';
import { isFailure, isGoodOutcome, type TaskOutcome } from '../agent/task-outcome.ts';
import { LineCutter } from './line-cutter.ts';
import { outcomeText, seconds, shortOutcomeText } from './outcome-text.ts';
import { type OnClosed, OutputWriter } from './output-writer.ts';
import { hasColours } from './print.ts';
import { labelTasks, type TaskLabel } from './task-labels.ts';

type Labels = ReadonlyMap<PreparedTask, TaskLabel>;

interface Side {
  readonly writer: OutputWriter;
  readonly labels: Labels;
  readonly cutters: Map<PreparedTask, LineCutter>;
}

export class RunScreen implements RunListener {
  readonly #sides: Readonly<Record<OutputStream, Side>>;
  readonly #hasSeveral: boolean;

  /** @param onClosed nothing can be written to our standard output any more */
  constructor(allocations: readonly PreparedAllocation[], onClosed: OnClosed) {
    const ignored = (): void => undefined;
    this.#hasSeveral = allocations.flatMap(({ tasks }) => tasks).length > 1;
    this.#sides = {
      stdout: makeSide(new OutputWriter(1, onClosed), labelTasks(allocations, hasColours(1))),
      stderr: makeSide(new OutputWriter(2, ignored), labelTasks(allocations, hasColours(2))),
    };
  }

  started(): void {
    // That a task has begun is seen by its output; a line for each would be in its way.
  }

  async output(task: PreparedTask, stream: OutputStream, chunk: Buffer): Promise<void> {
    const side = this.#sides[stream];
    let cutter = side.cutters.get(task);
    if (cutter === undefined) {
      cutter = new LineCutter();
      side.cutters.set(task, cutter);
    }
    await printLines(side, task, cutter.add(chunk));
  }

  restarting(task: PreparedTask, last: TaskOutcome, reason: string, delayMs: number): void {
    this.#endLines(task);
    this.#say(task, `${outcomeText(last)}. Starts again in ${seconds(delayMs)}: ${reason}`);
  }

  ended(task: PreparedTask, outcome: TaskOutcome): void {
    this.#endLines(task);
    // Told at once where the rest of the job may go on for long; what was made to end is no news.
    const isNews = outcome.kind === 'startFailed' || (this.#hasSeveral && isFailure(outcome));
    if (isNews) this.#say(task, outcomeText(outcome));
  }

  problem(task: PreparedTask, message: string): void {
    this.#say(task, message);
  }

  /** One line of ours. */
  note(text: string): void {
    void this.#sides.stderr.writer.write(Buffer.from(`raw-exec: ${text}\n`));
  }

  /** One line per task, in the order of the file. */
  summary(results: readonly TaskResult[]): void {
    if (results.length === 0) this.note('there is nothing to run: every group has a count of 0');
    const width = Math.max(0, ...results.map(({ prepared }) => this.#nameOf(prepared).length));
    for (const { prepared, outcome } of results) {
      const name = this.#nameOf(prepared).padEnd(width);
      const text = paint(shortOutcomeText(outcome), isGoodOutcome(outcome) ? 32 : 31);
      this.note(`${name}  ${text}`);
    }
  }

  /** Resolves when everything is on the screen. */
  async flush(): Promise<void> {
    await Promise.all([this.#sides.stdout.writer.flush(), this.#sides.stderr.writer.flush()]);
  }

  /** What ends without a line end is a line, too. */
  #endLines(task: PreparedTask): void {
    for (const side of Object.values(this.#sides)) {
      void printLines(side, task, side.cutters.get(task)?.end() ?? []);
      side.cutters.delete(task);
    }
  }

  #say(task: PreparedTask, text: string): void {
    this.note(`${this.#nameOf(task)}: ${text}`);
  }

  #nameOf(task: PreparedTask): string {
    return this.#sides.stderr.labels.get(task)?.text ?? task.task.name;
  }
}

function makeSide(writer: OutputWriter, labels: Labels): Side {
  return { writer, labels, cutters: new Map() };
}

function printLines(side: Side, task: PreparedTask, lines: readonly Buffer[]): Promise<void> {
  if (lines.length === 0) return Promise.resolve();
  const prefix = side.labels.get(task)?.prefix ?? Buffer.alloc(0);
  return side.writer.write(Buffer.concat(lines.flatMap((line) => [prefix, line])));
}

function paint(text: string, colour: number): string {
  return hasColours(2) ? `\u001b[${colour}m${text}\u001b[0m` : text;
}

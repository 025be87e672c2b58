// Owner of what an agent counts from its start on.

import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import type { TaskEvent } from '../../driver/task.ts';
import type { TaskOutcome } from '../task-outcome.ts';
import { Histogram } from './histogram.ts';

/** Seconds; a start takes about a millisecond, and a busy host some more. */
const startBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class AgentCounters {
  /** From the request to the driver to the program that has been exec'ed. */
  readonly startSeconds = new Histogram(startBounds);
  startFailures = 0;
  restarts = 0;
  oomKills = 0;
  /** By the driver's reasons. */
  readonly exits = new Map<string, number>();
  /** Those that were told of tasks that run: the driver tells how many there were so far. */
  readonly #toldKills = new Map<string, number>();

  /** From here on what the driver tells of its tasks is counted. */
  watch(driver: RawExecDriver): void {
    driver.on('taskEvent', (event) => this.#note(event));
  }

  noteStart(ms: number): void {
    this.startSeconds.add(ms / 1000);
  }

  /** For each outcome of a start, or of a task that did not run. */
  noteFailure({ kind }: TaskOutcome): void {
    if (kind === 'startFailed') this.startFailures += 1;
  }

  #note({ kind, taskId, annotations }: TaskEvent): void {
    if (kind === 'oomKill') this.#noteKills(taskId, Number(annotations['oom_kills'] ?? 1));
    if (kind !== 'exited') return;
    const reason = annotations['reason'] ?? 'unknown';
    this.exits.set(reason, (this.exits.get(reason) ?? 0) + 1);
    // It may end before the kill is noticed.
    if (annotations['oom_killed'] === 'true' && !this.#toldKills.has(taskId)) this.oomKills += 1;
    this.#toldKills.delete(taskId);
  }

  #noteKills(taskId: string, kills: number): void {
    this.oomKills += Math.max(0, kills - (this.#toldKills.get(taskId) ?? 0));
    this.#toldKills.set(taskId, kills);
  }
}

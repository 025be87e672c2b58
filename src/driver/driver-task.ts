// Pure but for one promise: what the driver remembers of a task.

import type { NotAppliedLimit } from '../cgroup/applied-limits.ts';
import { wallClockNow } from '../clock.ts';
import { signalName } from '../signals.ts';
import type { DriverTask, TaskEvent, TaskStatus } from './task.ts';
import { parseTaskConfig } from './task-config.ts';
import type { StopTaskStep, TaskExit, TaskRecord } from './task-host.ts';

/** One task that is started, or was. */
export class DriverTaskEntry {
  readonly task: DriverTask;
  /** Resolves when the main process has ended. */
  readonly exited: Promise<TaskExit>;
  #exit: TaskExit | undefined;
  #resolveExited: (exit: TaskExit) => void = () => undefined;

  constructor(task: DriverTask) {
    this.task = task;
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
  }

  /** The ladder of its configuration. */
  get stopSteps(): readonly StopTaskStep[] | undefined {
    const result = parseTaskConfig(this.task.driverConfig);
    return result.ok ? result.config.stop : undefined;
  }

  get exit(): TaskExit | undefined {
    return this.#exit;
  }

  noteExit(exit: TaskExit): void {
    this.#exit = exit;
    this.#resolveExited(exit);
  }

  statusOf(record: TaskRecord): TaskStatus {
    return Object.freeze({
      id: this.task.id,
      name: this.task.name,
      state: record.state,
      startedAt: record.startedAt,
      ...(record.exit && { completedAt: record.exit.exitedAt, exit: record.exit }),
      ...(record.limits && { limits: record.limits }),
      attributes: Object.freeze({ pid: String(record.pid), containment: record.containment }),
    });
  }

  event(
    kind: TaskEvent['kind'],
    at: Date,
    message: string,
    annotations: Readonly<Record<string, string>> = {},
  ): TaskEvent {
    const { id, name, allocId = '' } = this.task;
    const details = Object.freeze({ ...annotations });
    return Object.freeze({
      taskId: id,
      taskName: name,
      allocId,
      kind,
      at,
      message,
      annotations: details,
    });
  }

  limitEvent({ option, reason, file }: NotAppliedLimit): TaskEvent {
    const message = `Runs without the limit ${option} that its resources imply: ${reason}`;
    const annotations = { limit: option, ...(file !== undefined && { file }) };
    return this.event('limitNotApplied', wallClockNow(), message, annotations);
  }

  oomEvent(kills: number): TaskEvent {
    const message = 'A process of the task was killed for want of memory in its group';
    return this.event('oomKill', wallClockNow(), message, { oom_kills: String(kills) });
  }

  exitEvent(exit: TaskExit): TaskEvent {
    const annotations = {
      exit_code: String(exit.exitCode),
      signal: String(exit.signal),
      reason: exit.reason,
      oom_killed: String(exit.isOomKilled),
    };
    return this.event('exited', exit.exitedAt, `Ended with ${describeExit(exit)}`, annotations);
  }
}

function describeExit(exit: TaskExit): string {
  if (!exit.isStatusKnown) {
    return 'an unknown status';
  }
  if (exit.isOomKilled) {
    return 'SIGKILL by the kernel, for want of memory in its group';
  }
  return exit.signal === 0 ? `exit code ${exit.exitCode}` : signalName(exit.signal);
}

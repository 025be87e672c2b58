// Owner of the tasks that live as children of this process.

import { EventEmitter } from 'node:events';
import { RawExecError } from '../errors.ts';
import {
  driverClosed,
  taskExists,
  taskNotRunning,
  taskRunning,
  taskUnknown,
} from './driver-errors.ts';
import { checkKeys, wholeNumber } from './driver-options.ts';
import { HostedTask } from './hosted-task.ts';
import { execBeside } from './in-process-exec.ts';
import { readTaskUsage } from './process-usage.ts';
import type {
  ExecRequest,
  ExecResult,
  StopRequest,
  TaskHost,
  TaskHostCapabilities,
  TaskHostEvents,
  TaskPlan,
  TaskRecord,
  TaskStreams,
  TaskUsage,
} from './task-host.ts';
import { openTaskOutput } from './task-output.ts';

/** How the host treats its tasks. */
export interface InProcessHostOptions {
  /**
   * How long the end of a process after SIGKILL may take, in milliseconds, before a stop rejects with `ERR_TASK_STUCK`: it
   * takes long only in uninterruptible sleep or in a frozen group. @default 15000
   */
  readonly killGraceMs?: number;
}

/**
 * The task host without any helper process: tasks start at the speed of `spawn()`, and end with this process.
 */
export class InProcessHost implements TaskHost {
  readonly capabilities: TaskHostCapabilities = Object.freeze({
    name: 'in-process',
    outlivesSupervisor: false,
    canAdopt: false,
    canPipe: true,
  });
  readonly events: EventEmitter<TaskHostEvents> = new EventEmitter();
  readonly #tasks = new Map<string, HostedTask>();
  /** Ids whose start is under way: a second start of one must not slip in while files are opened. */
  readonly #starting = new Set<string>();
  readonly #killGraceMs: number;
  #isClosed = false;

  constructor(options: InProcessHostOptions = {}) {
    checkKeys(options, ['killGraceMs']);
    this.#killGraceMs = wholeNumber('killGraceMs', options.killGraceMs ?? 15_000, 1);
  }

  async start(id: string, plan: TaskPlan): Promise<TaskRecord> {
    this.#mustBeOpen();
    if (this.#tasks.has(id) || this.#starting.has(id)) {
      throw taskExists(id);
    }
    this.#starting.add(id);
    try {
      await using stdout = await openTaskOutput(plan.stdout, 'stdout');
      await using stderr = await openTaskOutput(plan.stderr, 'stderr');
      // It may have been closed while the files were opened.
      this.#mustBeOpen();
      const task = new HostedTask({
        id,
        plan,
        stdio: ['ignore', stdout.slot, stderr.slot],
        killGraceMs: this.#killGraceMs,
        onExit: (record) => this.events.emit('exited', record),
      });
      this.#tasks.set(id, task);
      return task.record;
    } finally {
      this.#starting.delete(id);
    }
  }

  async signal(id: string, signal: string): Promise<void> {
    this.#find(id).signal(signal);
  }

  async exec(id: string, request: ExecRequest): Promise<ExecResult> {
    const task = this.#find(id);
    if (task.record.state !== 'running') {
      throw taskNotRunning(id, 'run a command in');
    }
    return execBeside(task.plan, request);
  }

  async stats(id: string): Promise<TaskUsage> {
    const { record } = this.#find(id);
    if (record.state !== 'running') {
      throw taskNotRunning(id, 'read the usage of');
    }
    return readTaskUsage(record.pid);
  }

  async stop(id: string, request: StopRequest): Promise<TaskRecord> {
    return this.#find(id).stop(request);
  }

  async status(id: string): Promise<TaskRecord> {
    return this.#find(id).record;
  }

  async forget(id: string): Promise<void> {
    if (this.#find(id).record.state === 'running') {
      throw taskRunning(id);
    }
    this.#tasks.delete(id);
  }

  async adopt(id: string): Promise<TaskRecord> {
    throw new RawExecError(
      'ERR_NOT_SUPPORTED',
      `cannot take over task ${JSON.stringify(id)}: tasks of the in-process host end with the process that started them`,
    );
  }

  output(id: string): TaskStreams {
    return this.#find(id).streams;
  }

  /** Ends every task by SIGKILL; whoever wants them to end gently stops them before. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ending = [...this.#tasks.values()].map((task) =>
      task.stop({ signal: 'SIGKILL', graceMs: 0 }),
    );
    await Promise.all(ending);
    this.#tasks.clear();
  }

  #find(id: string): HostedTask {
    this.#mustBeOpen();
    const task = this.#tasks.get(id);
    if (task === undefined) {
      throw taskUnknown(id);
    }
    return task;
  }

  #mustBeOpen(): void {
    if (this.#isClosed) {
      throw driverClosed();
    }
  }
}

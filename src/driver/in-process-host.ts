// Owner of the tasks that live as children of this process.

import { EventEmitter } from 'node:events';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { InvalidOptionError, RawExecError } from '../errors.ts';
import { type HostAttributesOptions, hostAttributes } from '../host/host-attributes.ts';
import type { StdioSlot } from '../process/spawn-options.ts';
import { describeValue } from './describe-value.ts';
import {
  driverClosed,
  taskExists,
  taskNotRunning,
  taskRunning,
  taskUnknown,
} from './driver-errors.ts';
import { checkKeys, wholeNumber } from './driver-options.ts';
import { startHeld } from './held-task.ts';
import { HostGroups, type OpenGroups, type TaskContainmentWish } from './host-groups.ts';
import { HostedTask } from './hosted-task.ts';
import { execBeside } from './in-process-exec.ts';
import { openBeside } from './in-process-session.ts';
import { OpenSessions } from './open-sessions.ts';
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
import type { ExecSession, ExecStreamingRequest } from './task-session.ts';
import { readTreeUsage } from './task-usage.ts';

/** How the host treats its tasks. */
export interface InProcessHostOptions {
  /**
   * How long the end of a process after SIGKILL may take, in milliseconds, before a stop rejects with `ERR_TASK_STUCK`: it
   * takes long only in uninterruptible sleep or in a frozen group. @default 15000
   */
  readonly killGraceMs?: number;
  /**
   * What holds a task's processes together. `'auto'`: a cgroup of its own where this process can make one, else a reaper;
   * `'cgroup'`: a start without one is refused; `'reaper'`: never a cgroup. @default 'auto'
   */
  readonly containment?: TaskContainmentWish;
  /** The group below which the groups of tasks are made, see `TaskPlaceOptions`. @default raw-exec.slice, or raw-exec on v1 */
  readonly cgroupParent?: string;
  /** How many groups are kept ready, so that a start does not wait for them to be made. @default 2 */
  readonly poolSize?: number;
}

const wishes: readonly unknown[] = ['auto', 'cgroup', 'reaper'];

/**
 * The task host without any helper process but reapers: tasks start at the speed of `spawn()`, and end with this process.
 */
export class InProcessHost implements TaskHost {
  readonly capabilities: TaskHostCapabilities = Object.freeze({
    name: 'in-process',
    outlivesSupervisor: false,
    canAdopt: false,
    canPipe: true,
    canLog: false,
  });
  readonly events: EventEmitter<TaskHostEvents> = new EventEmitter();
  readonly #tasks = new Map<string, HostedTask>();
  /** Ids whose start is under way: a second start of one must not slip in while files are opened. */
  readonly #starting = new Set<string>();
  /** Starts that have passed the last look at whether this host is closed. */
  readonly #beginning = new Set<Promise<HostedTask>>();
  readonly #sessions = new OpenSessions();
  readonly #killGraceMs: number;
  readonly #groups: HostGroups;
  readonly #wish: HostAttributesOptions;
  #isClosed = false;

  constructor(options: InProcessHostOptions = {}) {
    checkKeys(options, ['killGraceMs', 'containment', 'cgroupParent', 'poolSize']);
    const { containment = 'auto', cgroupParent } = options;
    if (!wishes.includes(containment)) {
      throw new InvalidOptionError(
        'ERR_INVALID_OPTION',
        'containment',
        `containment must be 'auto', 'cgroup' or 'reaper', got ${describeValue(containment)}`,
      );
    }
    this.#killGraceMs = wholeNumber('killGraceMs', options.killGraceMs ?? 15_000, 1);
    this.#wish = {
      hasGroups: containment !== 'reaper',
      ...(cgroupParent !== undefined && { cgroupParent }),
    };
    this.#groups = new HostGroups({
      containment,
      poolSize: wholeNumber('poolSize', options.poolSize ?? 2, 0),
      onLeftovers: (report) => this.events.emit('leftovers', report),
      onOomKilled: (event) => this.events.emit('oomKilled', event),
      ...(cgroupParent !== undefined && { cgroupParent }),
    });
  }

  async start(id: string, plan: TaskPlan): Promise<TaskRecord> {
    this.#mustBeOpen();
    if (this.#tasks.has(id) || this.#starting.has(id)) {
      throw taskExists(id);
    }
    this.#starting.add(id);
    try {
      const open = plan.givenGroup === undefined ? await this.#groups.open() : undefined;
      await using stdout = await openTaskOutput(plan.stdout, 'stdout');
      await using stderr = await openTaskOutput(plan.stderr, 'stderr');
      // It may have been closed while the files were opened.
      this.#mustBeOpen();
      const beginning = this.#begin(id, plan, ['ignore', stdout.slot, stderr.slot], open);
      this.#beginning.add(beginning);
      try {
        return (await beginning).record;
      } finally {
        this.#beginning.delete(beginning);
      }
    } finally {
      this.#starting.delete(id);
    }
  }

  async signal(id: string, signal: string, to: TaskSignalTarget = 'main'): Promise<void> {
    await this.#find(id).signal(signal, to);
  }

  async update(id: string, limits: TaskLimits): Promise<TaskRecord> {
    const task = this.#find(id);
    await task.update(limits);
    return task.record;
  }

  async exec(id: string, request: ExecRequest): Promise<ExecResult> {
    const task = this.#find(id);
    if (!task.isRunning) {
      throw taskNotRunning(id, 'run a command in');
    }
    return execBeside(id, task.plan, request, task.held);
  }

  async execStreaming(id: string, request: ExecStreamingRequest): Promise<ExecSession> {
    const task = this.#find(id);
    if (!task.isRunning) {
      throw taskNotRunning(id, 'run a command in');
    }
    return this.#sessions.open(openBeside(id, task.plan, request, task.held), request);
  }

  async stats(id: string): Promise<TaskUsage> {
    const { held, isRunning } = this.#find(id);
    if (!isRunning) {
      throw taskNotRunning(id, 'read the usage of');
    }
    const usage = held.group && this.#groups.watch.usage(id);
    return usage ?? readTreeUsage(held.containment.members());
  }

  async stop(id: string, request: StopRequest): Promise<TaskRecord> {
    return this.#find(id).stop(request);
  }

  async status(id: string): Promise<TaskRecord> {
    return this.#find(id).record;
  }

  async forget(id: string): Promise<void> {
    const task = this.#find(id);
    if (task.isRunning || !task.held.containment.isEmpty()) {
      throw taskRunning(id);
    }
    this.#tasks.delete(id);
    await this.#release(id, task);
  }

  async adopt(id: string): Promise<TaskRecord> {
    throw new RawExecError(
      'ERR_NOT_SUPPORTED',
      `cannot take over task ${JSON.stringify(id)}: tasks of the in-process host end with the process that started them`,
    );
  }

  /** By the options of this host: tasks that get reapers are not told to have groups. */
  attributes(): Promise<Readonly<Record<string, string>>> {
    return hostAttributes(this.#wish);
  }

  output(id: string): TaskStreams {
    return this.#find(id).streams;
  }

  /**
   * Ends every task by SIGKILL; whoever wants them to end gently stops them before. Rejects with `ERR_TASK_STUCK` when one cannot
   * be ended; the others are ended and everything else is let go of all the same.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#beginning);
    const tasks = [...this.#tasks];
    this.#tasks.clear();
    const ends = await Promise.allSettled(
      tasks.map(async ([id, task]) => {
        try {
          await task.stop({ steps: [] });
        } catch (error) {
          // A reaper goes on killing once nobody listens to it.
          task.held.containment.close();
          throw error;
        }
        await this.#release(id, task);
      }),
    );
    await this.#sessions.close();
    await this.#groups.close();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** `close` waits for it: the process is there before its task is. */
  async #begin(
    id: string,
    plan: TaskPlan,
    stdio: readonly StdioSlot[],
    open: OpenGroups | undefined,
  ): Promise<HostedTask> {
    const task = new HostedTask({
      id,
      plan,
      held: await startHeld(id, plan, stdio, { open, watch: this.#groups.watch }),
      killGraceMs: this.#killGraceMs,
      oomCount: () => this.#groups.watch.oom.count(id),
      onExit: (record) => this.events.emit('exited', record),
    });
    this.#tasks.set(id, task);
    return task;
  }

  async #release(id: string, task: HostedTask): Promise<void> {
    if (task.held.group !== undefined) this.#groups.watch.remove(id);
    await task.release();
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

// Owner of one task of the in-process host: its process, its record, and its end.

import { wallClockNow } from '../clock.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnOptions, StdioSlot } from '../process/spawn-options.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import { signalNumber } from '../signals.ts';
import { parseSignal, taskNotRunning, taskStuck } from './driver-errors.ts';
import { killLeftOverGroup } from './left-over-group.ts';
import type { StopRequest, TaskExit, TaskPlan, TaskRecord, TaskStreams } from './task-host.ts';
import { settlesWithin } from './within.ts';

/** What every process of a task starts with: the main one, and those that are run beside it. */
export function spawnOptionsOf(plan: TaskPlan, stdio: readonly StdioSlot[]): SpawnOptions {
  const { credentials, oomScoreAdj, cgroup, networkNamespace } = plan;
  return {
    cwd: plan.cwd,
    env: plan.env,
    stdio,
    processGroup: 'new',
    ...(credentials && {
      user: credentials.uid,
      group: credentials.gid,
      groups: credentials.groups,
    }),
    ...(oomScoreAdj !== undefined && { oomScoreAdj }),
    ...(cgroup && { cgroup }),
    ...(networkNamespace !== undefined && { networkNamespace }),
  };
}

/** What a host gives to each of its tasks. */
export interface HostedTaskOptions {
  readonly id: string;
  readonly plan: TaskPlan;
  readonly stdio: readonly StdioSlot[];
  /** How long the end after SIGKILL may take. */
  readonly killGraceMs: number;
  /** Called once, when the main process has ended. */
  readonly onExit: (record: TaskRecord) => void;
}

export class HostedTask {
  readonly plan: TaskPlan;
  readonly #id: string;
  readonly #killGraceMs: number;
  readonly #child: SpawnedProcess;
  #record: TaskRecord;
  /** The signal of a stop that is under way: a second stop does not send it again. */
  #stopSignal: string | undefined;

  /** Starts the process; throws when it cannot be started. */
  constructor({ id, plan, stdio, killGraceMs, onExit }: HostedTaskOptions) {
    this.#id = id;
    this.plan = plan;
    this.#killGraceMs = killGraceMs;
    const startedAt = wallClockNow();
    // The main process goes when this one does, even by SIGKILL: that is the promise of this host. What it started itself
    // goes with it only if it sees to that.
    const options: SpawnOptions = { ...spawnOptionsOf(plan, stdio), parentDeathSignal: 'SIGKILL' };
    this.#child = spawn(plan.command, plan.args, options);
    this.#record = Object.freeze({ id, state: 'running', pid: this.#child.pid, startedAt });
    this.#child.once('exit', (status) => {
      this.#record = Object.freeze({ ...this.#record, state: 'exited', exit: taskExit(status) });
      onExit(this.#record);
    });
  }

  get record(): TaskRecord {
    return this.#record;
  }

  get streams(): TaskStreams {
    return { stdout: this.#child.stdout, stderr: this.#child.stderr };
  }

  signal(signal: string): void {
    if (!this.#child.kill(parseSignal(signal))) {
      throw taskNotRunning(this.#id, `send ${signal} to`);
    }
  }

  /** Signal to the main process, grace, SIGKILL to it and its group; then to what a main process that ended left behind. */
  async stop({ signal, graceMs }: StopRequest): Promise<TaskRecord> {
    const number = parseSignal(signal);
    if (graceMs > 0 && this.#record.state === 'running') {
      if (this.#stopSignal !== signal) {
        this.#stopSignal = signal;
        this.#child.kill(number);
      }
      await settlesWithin(this.#child.exited, graceMs);
    }
    if (this.#child.status === undefined) {
      await this.#kill();
    }
    const survivors = await killLeftOverGroup(this.#record.pid, this.#killGraceMs);
    if (survivors.length > 0) {
      throw taskStuck(this.#id, survivors);
    }
    return this.#record;
  }

  async #kill(): Promise<void> {
    this.#child.kill('SIGKILL', 'group');
    // It may have left the group that it was given.
    this.#child.kill('SIGKILL');
    if (!(await settlesWithin(this.#child.exited, this.#killGraceMs))) {
      throw taskStuck(this.#id, [this.#record.pid]);
    }
  }
}

function taskExit(status: ExitStatus): TaskExit {
  return Object.freeze({
    exitCode: status.exitCode,
    signal: status.signal === null ? 0 : (signalNumber(status.signal) ?? 0),
    isStatusKnown: status.code !== null || status.signal !== null,
    isOomKilled: false,
    exitedAt: new Date(status.startedAt.getTime() + status.durationMs),
  });
}

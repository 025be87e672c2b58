// Owner of the tasks that a keeper holds: they outlive this process, and a later one takes them over.

import { EventEmitter } from 'node:events';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import { orThrow } from '../containment/containment-error.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { hostAttributes } from '../host/host-attributes.ts';
import { KeeperClient } from '../keeper/keeper-client.ts';
import { makeKeeperGroup } from '../keeper/keeper-group.ts';
import {
  type KeeperExit,
  type KeeperExited,
  KeeperExitState,
  type KeeperTaskInfo,
} from '../native/keeper.ts';
import { native } from '../native.ts';
import {
  driverClosed,
  parseSignal,
  taskExists,
  taskNotRunning,
  taskRunning,
  taskUnknown,
} from './driver-errors.ts';
import { checkKeys, wholeNumber } from './driver-options.ts';
import { isContainmentWish, type OpenGroups } from './host-groups.ts';
import type { KeeperHostOptions } from './keeper-host-options.ts';
import { checkText, describeSurvivors, isTaskUnknown } from './kept-errors.ts';
import { keptExit } from './kept-exit.ts';
import { KeptGroups } from './kept-groups.ts';
import { KeptSessions } from './kept-sessions.ts';
import { KeptStarts } from './kept-starts.ts';
import { parseKeptState } from './kept-state.ts';
import type { KeptTask } from './kept-task.ts';
import { attachmentOf, keeperTargets, ladderOf } from './kept-wish.ts';
import { describeLog, type TaskLogStatus } from './log-status.ts';
import { Slots } from './slots.ts';
import type {
  ExecRequest,
  ExecResult,
  StopRequest,
  TaskHost,
  TaskHostCapabilities,
  TaskHostEvents,
  TaskPlan,
  TaskRecord,
  TaskUsage,
} from './task-host.ts';
import { openTaskOutput } from './task-output.ts';
import type { ExecSession, ExecStreamingRequest } from './task-session.ts';
import { TaskStuckError } from './task-stuck-error.ts';
import { readTreeUsage } from './task-usage.ts';
import { noGroupToLimit } from './tree-limits.ts';

/** As many of ours are under way at a time: a keeper refuses what is more than it has asked of its holder already. */
const mostStarts = 32;

/**
 * The task host whose tasks outlive their supervisor: a keeper (native/keeper), one for all tasks of a state directory, is
 * started when there is none, and is left behind when this process ends.
 *
 * @example
 * const keeper = { stateDirectory: '/run/my-agent/keeper' };
 * const driver = await RawExecDriver.create({ config: { enabled: true }, keeper });
 */
export class KeeperHost implements TaskHost {
  readonly capabilities: TaskHostCapabilities;
  readonly events: EventEmitter<TaskHostEvents> = new EventEmitter();
  readonly #client: KeeperClient;
  readonly #groups: KeptGroups;
  readonly #sessions: KeptSessions;
  readonly #starts: KeptStarts;
  readonly #slots = new Slots(mostStarts);
  readonly #options: KeeperHostOptions;
  readonly #killGraceMs: number;
  readonly #tasks = new Map<string, KeptTask>();
  readonly #starting = new Set<string>();
  /** Ends that were told before the start that they belong to had come back. */
  readonly #early = new Map<number, KeeperExited>();
  #running = 0;
  #isClosed = false;
  /** For what nobody waits for. */
  readonly #tell = (error: unknown): void => {
    if (!this.#isClosed) process.emitWarning(error instanceof Error ? error : String(error));
  };

  constructor(options: KeeperHostOptions) {
    checkKeys(options, [
      'stateDirectory',
      'onSupervisorExit',
      'killGraceMs',
      'containment',
      'cgroupParent',
      'poolSize',
    ]);
    const { stateDirectory, onSupervisorExit = 'keep', containment = 'auto' } = options;
    const { cgroupParent } = options;
    const isKill = onSupervisorExit === 'kill';
    checkText('stateDirectory', stateDirectory, (text) => text.startsWith('/'), 'an absolute path');
    checkText(
      'onSupervisorExit',
      onSupervisorExit,
      (text) => isKill || text === 'keep',
      "'keep' or 'kill'",
    );
    checkText('containment', containment, isContainmentWish, "'auto', 'cgroup' or 'reaper'");
    this.#options = options;
    this.#killGraceMs = wholeNumber('killGraceMs', options.killGraceMs ?? 15_000, 1);
    this.capabilities = Object.freeze({
      name: 'keeper',
      outlivesSupervisor: !isKill,
      canAdopt: true,
      canPipe: false,
      canLog: true,
    });
    this.#client = new KeeperClient(stateDirectory, () => makeKeeperGroup(cgroupParent));
    this.#groups = new KeptGroups(this.#client, {
      containment,
      poolSize: wholeNumber('poolSize', options.poolSize ?? 2, 0),
      onLeftovers: (report) => this.events.emit('leftovers', report),
      onOomKilled: (event) => this.events.emit('oomKilled', event),
      ...(cgroupParent !== undefined && { cgroupParent }),
    });
    this.#starts = new KeptStarts(this.#client, this.#groups, isKill);
    this.#sessions = new KeptSessions(this.#client, {
      killGraceMs: this.#killGraceMs,
      tell: this.#tell,
      countRunning: (change) => this.#countRunning(change),
    });
    this.#client.events.on('exited', (exited) => this.#noteExited(exited));
    this.#client.events.on('replaced', () => void this.#catchUp().catch(this.#tell));
    this.#client.events.on('lost', this.#tell);
  }

  async start(id: string, plan: TaskPlan): Promise<TaskRecord> {
    this.#mustBeOpen();
    if (this.#tasks.has(id) || this.#starting.has(id)) throw taskExists(id);
    this.#starting.add(id);
    try {
      // A scheduler's group needs no place of ours.
      const open = plan.givenGroup === undefined ? await this.#groups.open() : undefined;
      await using stdout = await openTaskOutput(plan.stdout, 'stdout');
      await using stderr = await openTaskOutput(plan.stderr, 'stderr');
      this.#mustBeOpen();
      const stdio = [stdout.slot, stderr.slot] as const;
      const task = await this.#slots.run(() =>
        isForReaper(plan, open)
          ? this.#starts.beginTree(id, plan, stdio)
          : this.#starts.begin(id, plan, stdio, open),
      );
      this.#add(task);
      const early = this.#early.get(task.serial);
      if (early !== undefined) this.#noteExited(early);
      return task.record;
    } finally {
      this.#starting.delete(id);
      if (this.#starting.size === 0) this.#early.clear();
    }
  }

  async signal(id: string, signal: string, to: TaskSignalTarget = 'main'): Promise<void> {
    const task = this.#find(id);
    const number = parseSignal(signal);
    const isThere = to === 'cgroup' || task.isRunning;
    const { reached } = isThere
      ? await this.#client.signal(id, number, keeperTargets[to])
      : { reached: 0 };
    if (reached === 0) throw taskNotRunning(id, `send ${signal} to`);
  }

  async update(id: string, limits: TaskLimits): Promise<TaskRecord> {
    const task = this.#find(id);
    if (!task.isRunning) throw taskNotRunning(id, 'change limits of');
    const { plan, group } = task;
    if (group === undefined) throw noGroupToLimit(id);
    // What does not fit is refused while nothing is written.
    await group.update(limits, (planned) => void attachmentOf(id, plan, planned));
    await this.#client.describe(id, () => attachmentOf(id, plan, group));
    return task.record;
  }

  async exec(id: string, request: ExecRequest): Promise<ExecResult> {
    const task = this.#find(id);
    if (!task.isRunning) throw taskNotRunning(id, 'run a command in');
    return this.#sessions.run(task, request);
  }

  async execStreaming(id: string, request: ExecStreamingRequest): Promise<ExecSession> {
    const task = this.#find(id);
    if (!task.isRunning) throw taskNotRunning(id, 'run a command in');
    return this.#sessions.open(task, request);
  }

  async stats(id: string): Promise<TaskUsage> {
    const task = this.#find(id);
    if (!task.isRunning) throw taskNotRunning(id, 'read the usage of');
    if (task.group === undefined) {
      return readTreeUsage([task.reaperPid, ...this.#sessions.reapersBeside(task)].flatMap(below));
    }
    const usage = this.#groups.watch.usage(id);
    if (usage === undefined) throw taskNotRunning(id, 'read the usage of');
    return usage;
  }

  async logStatus(id: string): Promise<TaskLogStatus> {
    this.#find(id);
    const [stdout, stderr] = await this.#client.logStatus(id);
    return Object.freeze({ stdout: describeLog(stdout), stderr: describeLog(stderr) });
  }

  async stop(id: string, request: StopRequest): Promise<TaskRecord> {
    const task = this.#find(id);
    const { steps, killGraceMs = this.#killGraceMs } = request;
    const { survivors } = await this.#client.stop(id, killGraceMs, ladderOf(steps));
    if (survivors.length > 0) throw new TaskStuckError(id, describeSurvivors(survivors));
    // Its end was told on the same socket before the answer to the stop.
    if (task.isRunning) await this.#catchUp();
    return task.record;
  }

  async status(id: string): Promise<TaskRecord> {
    return this.#find(id).record;
  }

  async forget(id: string): Promise<void> {
    const task = this.#find(id);
    if (task.isRunning) throw taskRunning(id);
    try {
      await this.#client.forget(id);
    } catch (error) {
      // It was forgotten before, and the answer was lost with the keeper that had done it.
      if (!isTaskUnknown(error)) throw error;
    }
    this.#tasks.delete(id);
    if (task.group === undefined) return;
    this.#groups.watch.remove(id);
    await task.group.remove();
  }

  async adopt(id: string): Promise<TaskRecord> {
    this.#mustBeOpen();
    const known = this.#tasks.get(id);
    if (known !== undefined) return known.record;
    this.#starting.add(id);
    try {
      const info = await this.#client.adopt(id);
      // A scheduler's group needs no place of ours.
      const open = needsPlace(info) ? await this.#groups.open() : undefined;
      const adopted = this.#tasks.get(id);
      if (adopted !== undefined) return adopted.record;
      const task = this.#starts.take(info, open);
      this.#add(task);
      const early = this.#early.get(task.serial)?.exit ?? info.exit;
      if (early.state !== KeeperExitState.running) this.#noteExit(task, early);
      return task.record;
    } finally {
      this.#starting.delete(id);
      if (this.#starting.size === 0) this.#early.clear();
    }
  }

  /** Resolves when there is a keeper that serves: one that was there, or a new one. Rejects with why there is none. */
  async connect(): Promise<void> {
    this.#mustBeOpen();
    await this.#client.connection();
  }

  /** Ids of all tasks that the keeper has, whoever has started them. */
  async heldIds(): Promise<readonly string[]> {
    this.#mustBeOpen();
    return (await this.#client.list()).map(({ id }) => id);
  }

  /** Ends and forgets a task that this host cannot take over. A group of its own is found as a leftover, by the next host. */
  async discard(id: string): Promise<void> {
    this.#mustBeOpen();
    const { survivors } = await this.#client.stop(id, this.#killGraceMs, ladderOf([]));
    if (survivors.length > 0) throw new TaskStuckError(id, describeSurvivors(survivors));
    await this.#client.forget(id);
  }

  attributes(): Promise<Readonly<Record<string, string>>> {
    const { cgroupParent, containment } = this.#options;
    return hostAttributes({
      hasGroups: containment !== 'reaper',
      ...(cgroupParent !== undefined && { cgroupParent }),
    });
  }

  /**
   * Tasks go on, and a later host with the same state directory takes them over; with `onSupervisorExit: 'kill'` they are ended by
   * SIGKILL. Rejects with `ERR_TASK_STUCK` when one of these cannot be ended; the rest is let go of all the same.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#sessions.close();
    const tasks = this.capabilities.outlivesSupervisor ? [] : [...this.#tasks.values()];
    const ends = await Promise.allSettled(tasks.map((task) => this.#end(task)));
    this.#tasks.clear();
    await this.#client.close();
    await this.#groups.close();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #end({ id, group }: KeptTask): Promise<void> {
    const { survivors } = await this.#client.stop(id, this.#killGraceMs, ladderOf([]));
    if (survivors.length > 0) throw new TaskStuckError(id, describeSurvivors(survivors));
    await this.#client.forget(id);
    await group?.remove();
  }

  /** After a keeper was replaced: what it could not tell, and who looks after the groups from now on. */
  async #catchUp(): Promise<void> {
    this.#groups.markOf(await this.#client.connection());
    for (const info of await this.#client.list()) {
      const task = this.#tasks.get(info.id);
      if (task === undefined || task.serial !== info.serial || !task.isRunning) continue;
      if (info.exit.state === KeeperExitState.running) task.group?.giveTo(this.#groups.mark);
      else this.#noteExited(info);
    }
  }

  #noteExited({ id, serial, exit }: Pick<KeeperExited, 'id' | 'serial' | 'exit'>): void {
    const task = this.#tasks.get(id);
    if (task === undefined || task.serial !== serial) {
      if (this.#starting.has(id)) this.#early.set(serial, { id, serial, pid: 0, exit });
      return;
    }
    this.#noteExit(task, exit);
  }

  #noteExit(task: KeptTask, exit: KeeperExit): void {
    const kills = task.group && this.#groups.watch.oom.count(task.id);
    const record = task.noteExit(keptExit(exit, kills));
    if (record === undefined) return;
    if (this.#tasks.get(task.id) === task) this.#countRunning(-1);
    this.events.emit('exited', record);
  }

  #add(task: KeptTask): void {
    this.#tasks.set(task.id, task);
    this.#countRunning(1);
  }

  /** As children of this process would, tasks and commands beside them hold the event loop while they run. */
  #countRunning(change: number): void {
    this.#running += change;
    this.#client.setHeld(this.#running > 0);
  }

  #find(id: string): KeptTask {
    this.#mustBeOpen();
    const task = this.#tasks.get(id);
    if (task === undefined) throw taskUnknown(id);
    return task;
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw driverClosed();
  }
}

/** Undefined attachments are refused when they are taken. */
function needsPlace({ v2Group, v1Groups, attachment }: KeeperTaskInfo): boolean {
  if (v2Group === '' && v1Groups.length === 0) return false;
  return parseKeptState(attachment)?.plan.givenGroup === undefined;
}

/** A group that the configuration names may hold strangers. */
function isForReaper({ givenGroup, cgroup }: TaskPlan, open: OpenGroups | undefined): boolean {
  return cgroup !== undefined || (givenGroup === undefined && open === undefined);
}

function below(reaperPid: number): readonly number[] {
  return [...orThrow(native.listTree(reaperPid), `list the processes below ${reaperPid}`)];
}

// Owner of the tasks that a keeper holds: they outlive this process, and a later one takes them over.

import { EventEmitter } from 'node:events';
import { type GroupOwner, identityOf } from '../cgroup/group-owner.ts';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { TaskCgroup } from '../cgroup/task-cgroup.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { RawExecError } from '../errors.ts';
import { hostAttributes } from '../host/host-attributes.ts';
import { KeeperClient } from '../keeper/keeper-client.ts';
import {
  type KeeperExit,
  type KeeperExited,
  KeeperExitState,
  KeeperTarget,
  type KeeperTaskInfo,
} from '../native/keeper.ts';
import type { StdioSlot } from '../process/spawn-options.ts';
import {
  driverClosed,
  parseSignal,
  taskExists,
  taskNotRunning,
  taskRunning,
  taskStuck,
  taskUnknown,
} from './driver-errors.ts';
import { checkKeys, wholeNumber } from './driver-options.ts';
import { spawnOptionsOf } from './held-task.ts';
import { HostGroups, type OpenGroups } from './host-groups.ts';
import { execBeside } from './in-process-exec.ts';
import { type KeeperHostOptions, keeperContainment } from './keeper-host-options.ts';
import { checkText, describeSurvivors, noOverride, unreadable } from './kept-errors.ts';
import { keptExit } from './kept-exit.ts';
import { parseKeptState, wholePlan } from './kept-state.ts';
import { KeptTask } from './kept-task.ts';
import { describeKeptTask, ladderOf } from './kept-wish.ts';
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
import { readGroupUsage } from './task-usage.ts';

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
  readonly #groups: HostGroups;
  readonly #options: KeeperHostOptions;
  readonly #killGraceMs: number;
  readonly #tasks = new Map<string, KeptTask>();
  readonly #starting = new Set<string>();
  /** Ends that were told before the start that they belong to had come back. */
  readonly #early = new Map<number, KeeperExited>();
  #owners: readonly GroupOwner[] = [];
  #running = 0;
  /** Directories of the groups of all tasks, while leftovers are looked for. */
  #held: Promise<ReadonlySet<string>> | undefined;
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
      'cgroupParent',
      'poolSize',
    ]);
    const { stateDirectory, onSupervisorExit = 'keep', cgroupParent } = options;
    const isKill = onSupervisorExit === 'kill';
    checkText('stateDirectory', stateDirectory, (text) => text.startsWith('/'), 'an absolute path');
    checkText(
      'onSupervisorExit',
      onSupervisorExit,
      (text) => isKill || text === 'keep',
      "'keep' or 'kill'",
    );
    this.#options = options;
    this.#killGraceMs = wholeNumber('killGraceMs', options.killGraceMs ?? 15_000, 1);
    this.capabilities = Object.freeze({
      name: 'keeper',
      outlivesSupervisor: !isKill,
      canAdopt: true,
      canPipe: false,
      canLog: true,
    });
    this.#groups = new HostGroups({
      containment: keeperContainment,
      poolSize: wholeNumber('poolSize', options.poolSize ?? 2, 0),
      onLeftovers: (report) => this.events.emit('leftovers', report),
      isLive: ({ directories }) => this.#isHeld(directories),
      ...(cgroupParent !== undefined && { cgroupParent }),
    });
    this.#client = new KeeperClient(stateDirectory);
    this.#client.events.on('exited', (exited) => this.#noteExited(exited));
    this.#client.events.on('replaced', () => void this.#catchUp().catch(this.#tell));
    this.#client.events.on('lost', this.#tell);
  }

  async start(id: string, plan: TaskPlan): Promise<TaskRecord> {
    this.#mustBeOpen();
    if (this.#tasks.has(id) || this.#starting.has(id)) throw taskExists(id);
    if (plan.cgroup !== undefined) throw noOverride(id);
    this.#starting.add(id);
    try {
      const open = await this.#open();
      await using stdout = await openTaskOutput(plan.stdout, 'stdout');
      await using stderr = await openTaskOutput(plan.stderr, 'stderr');
      this.#mustBeOpen();
      const task = await this.#begin(id, plan, [stdout.slot, stderr.slot], open);
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
      ? await this.#client.signal(id, number, targets[to])
      : { reached: 0 };
    if (reached === 0) throw taskNotRunning(id, `send ${signal} to`);
  }

  async update(id: string, limits: TaskLimits): Promise<TaskRecord> {
    const task = this.#find(id);
    if (!task.isRunning) throw taskNotRunning(id, 'change limits of');
    await task.group.update(limits);
    return task.record;
  }

  async exec(id: string, request: ExecRequest): Promise<ExecResult> {
    const task = this.#find(id);
    if (!task.isRunning) throw taskNotRunning(id, 'run a command in');
    return execBeside(task.plan, request, { group: task.group });
  }

  async stats(id: string): Promise<TaskUsage> {
    const task = this.#find(id);
    if (!task.isRunning) throw taskNotRunning(id, 'read the usage of');
    const open = await this.#open();
    const sample = open.stats.read(id, { detail: true });
    if (sample === undefined) throw taskNotRunning(id, 'read the usage of');
    return readGroupUsage(sample, task.group.paths);
  }

  async stop(id: string, request: StopRequest): Promise<TaskRecord> {
    const task = this.#find(id);
    const { steps, killGraceMs = this.#killGraceMs } = request;
    const { survivors } = await this.#client.stop(id, killGraceMs, ladderOf(steps));
    if (survivors.length > 0) throw taskStuck(id, describeSurvivors(survivors));
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
    await this.#client.forget(id);
    this.#tasks.delete(id);
    const open = await this.#open();
    open.oom.remove(id);
    open.stats.remove(id);
    await task.group.remove();
  }

  async adopt(id: string): Promise<TaskRecord> {
    this.#mustBeOpen();
    const known = this.#tasks.get(id);
    if (known !== undefined) return known.record;
    const open = await this.#open();
    const info = await this.#client.adopt(id);
    const adopted = this.#tasks.get(id);
    if (adopted !== undefined) return adopted.record;
    const task = this.#take(info, open);
    this.#add(task);
    if (info.exit.state !== KeeperExitState.running) await this.#noteExit(task, info.exit);
    return task.record;
  }

  attributes(): Promise<Readonly<Record<string, string>>> {
    const { cgroupParent } = this.#options;
    return hostAttributes(cgroupParent === undefined ? {} : { cgroupParent });
  }

  /**
   * Tasks go on, and a later host with the same state directory takes them over; with `onSupervisorExit: 'kill'` they are ended by
   * SIGKILL. Rejects with `ERR_TASK_STUCK` when one of these cannot be ended; the rest is let go of all the same.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
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
    if (survivors.length > 0) throw taskStuck(id, describeSurvivors(survivors));
    await this.#client.forget(id);
    await group.remove();
  }

  async #begin(
    id: string,
    plan: TaskPlan,
    [stdout, stderr]: readonly StdioSlot[],
    open: OpenGroups,
  ): Promise<KeptTask> {
    const group = open.groups.open(id, plan.limits, plan.impliedLimits);
    try {
      open.oom.add(id, group.paths);
      open.stats.add(id, group.paths);
      group.giveTo(this.#owners);
      const options = spawnOptionsOf(plan, ['ignore', stdout ?? 'ignore', stderr ?? 'ignore']);
      const started = await this.#client.start({
        command: plan.command,
        args: plan.args,
        options: { ...options, cgroup: group.spawnOption() },
        task: describeKeptTask(id, plan, group, this.#options.onSupervisorExit === 'kill'),
      });
      const { serial, pid, startedAtMs } = started;
      return new KeptTask({ id, serial, pid, startedAt: new Date(startedAtMs), plan, group });
    } catch (error) {
      const taken = isGone(error) ? await this.#findStarted(id, group, open) : undefined;
      if (taken !== undefined) return taken;
      open.oom.remove(id);
      open.stats.remove(id);
      // Why it was not started is what the caller has to know; the group is found as a leftover.
      await group.remove().catch(() => undefined);
      throw error;
    }
  }

  /** The keeper has gone before it answered: the task may run all the same, and must not run twice. */
  async #findStarted(
    id: string,
    group: TaskCgroup,
    open: OpenGroups,
  ): Promise<KeptTask | undefined> {
    const info = (await this.#client.list()).find((task) => task.id === id);
    const isIt = info !== undefined && info.v2Group === (group.paths.v2 ?? '');
    return isIt ? this.#take(info, open, group) : undefined;
  }

  #take(info: KeeperTaskInfo, open: OpenGroups, ownGroup?: TaskCgroup): KeptTask {
    const { id, serial, pid, startedAtMs, v2Group, v1Groups } = info;
    const state = parseKeptState(info.attachment);
    if (state === undefined) throw unreadable(id);
    const { limits, writes, notApplied } = state;
    const isRunning = info.exit.state === KeeperExitState.running;
    const plan = isRunning ? wholePlan(state, pid) : state.plan;
    const paths = { ...(v2Group !== '' && { v2: v2Group }), v1: v1Groups };
    const group = ownGroup ?? open.groups.adopt({ taskId: id, paths, limits, writes, notApplied });
    if (isRunning) {
      open.oom.add(id, group.paths);
      open.stats.add(id, group.paths);
      group.giveTo(this.#owners);
    }
    return new KeptTask({ id, serial, pid, startedAt: new Date(startedAtMs), plan, group });
  }

  /** After a keeper was replaced: what it could not tell, and who looks after the groups from now on. */
  async #catchUp(): Promise<void> {
    await this.#readOwners();
    for (const info of await this.#client.list()) {
      const task = this.#tasks.get(info.id);
      if (task === undefined || task.serial !== info.serial || !task.isRunning) continue;
      if (info.exit.state === KeeperExitState.running) task.group.giveTo(this.#owners);
      else this.#noteExited(info);
    }
  }

  #noteExited({ id, serial, exit }: Pick<KeeperExited, 'id' | 'serial' | 'exit'>): void {
    const task = this.#tasks.get(id);
    if (task === undefined || task.serial !== serial) {
      if (this.#starting.has(id)) this.#early.set(serial, { id, serial, pid: 0, exit });
      return;
    }
    this.#noteExit(task, exit).catch(this.#tell);
  }

  async #noteExit(task: KeptTask, exit: KeeperExit): Promise<void> {
    const { oom } = await this.#open();
    const record = task.noteExit(keptExit(exit, oom.count(task.id)));
    if (record === undefined) return;
    if (this.#tasks.get(task.id) === task) this.#countRunning(-1);
    this.events.emit('exited', record);
  }

  #add(task: KeptTask): void {
    this.#tasks.set(task.id, task);
    this.#countRunning(1);
  }

  /** As children of this process would, tasks hold the event loop while they run. */
  #countRunning(change: number): void {
    this.#running += change;
    this.#client.setHeld(this.#running > 0);
  }

  async #isHeld(directories: readonly string[]): Promise<boolean> {
    this.#held ??= this.#listHeld();
    const held = await this.#held;
    return directories.some((directory) => held.has(directory));
  }

  async #listHeld(): Promise<ReadonlySet<string>> {
    const tasks = await this.#client.list();
    const of = ({ v2Group, v1Groups }: KeeperTaskInfo): string[] => [
      v2Group,
      ...v1Groups.map(({ directory }) => directory),
    ];
    return new Set(tasks.flatMap(of));
  }

  async #readOwners(): Promise<void> {
    const { keeperPid, holderPid } = (await this.#client.connection()).welcome;
    this.#owners = [keeperPid, holderPid]
      .map((pid) => (pid > 0 ? identityOf(pid) : undefined))
      .filter((owner) => owner !== undefined);
  }

  async #open(): Promise<OpenGroups> {
    if (this.#owners.length === 0) await this.#readOwners();
    const open = await this.#groups.open().finally(() => {
      this.#held = undefined;
    });
    if (open === undefined) throw new Error('groups are insisted on');
    if (open.oom.events.listenerCount('oomKilled') === 0) {
      open.oom.events.on('oomKilled', (event) => this.events.emit('oomKilled', event));
    }
    return open;
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

const targets: Readonly<Record<TaskSignalTarget, number>> = {
  main: KeeperTarget.main,
  group: KeeperTarget.group,
  cgroup: KeeperTarget.everything,
};

function isGone(error: unknown): boolean {
  return error instanceof RawExecError && error.code === 'ERR_KEEPER_GONE';
}

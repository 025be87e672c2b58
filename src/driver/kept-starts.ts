// Owner of how a task of the keeper comes to be known here: started, in a group or below a reaper, or taken over from who knew it.

import { randomUUID } from 'node:crypto';
import { adoptGivenGroup, openGivenGroup } from '../cgroup/given-group.ts';
import type { TaskCgroup } from '../cgroup/task-cgroup.ts';
import { SpawnError } from '../errors.ts';
import type { KeeperClient } from '../keeper/keeper-client.ts';
import type { KeeperConnection } from '../keeper/keeper-connection.ts';
import { isKeeperGone } from '../keeper/keeper-errors.ts';
import type { KeptStart } from '../keeper/start-kept.ts';
import { KeeperExitState, type KeeperStarted, type KeeperTaskInfo } from '../native/keeper.ts';
import type { StdioSlot } from '../process/spawn-options.ts';
import { spawnOptionsOf } from './held-task.ts';
import type { OpenGroups } from './host-groups.ts';
import { noGroupsToAdopt, unreadable } from './kept-errors.ts';
import type { KeptGroups } from './kept-groups.ts';
import { type KeptState, parseKeptState, wholePlan } from './kept-state.ts';
import { KeptTask, type KeptTaskParts } from './kept-task.ts';
import { describeKeptTask, type HeldByReaper } from './kept-wish.ts';
import type { TaskPlan } from './task-host.ts';
import { limitsInTree } from './tree-limits.ts';

/** For standard output and standard error. */
type OutputSlots = readonly StdioSlot[];

export class KeptStarts {
  readonly #client: KeeperClient;
  readonly #groups: KeptGroups;
  readonly #endsWithUs: boolean;

  /** @param endsWithUs the keeper ends tasks when this process has ended */
  constructor(client: KeeperClient, groups: KeptGroups, endsWithUs: boolean) {
    this.#client = client;
    this.#groups = groups;
    this.#endsWithUs = endsWithUs;
  }

  /** Below a reaper. */
  async beginTree(id: string, plan: TaskPlan, output: OutputSlots): Promise<KeptTask> {
    const held = { notApplied: limitsInTree(plan), mark: randomUUID() };
    try {
      const started = await this.#client.start(this.#requestOf(id, plan, output, held));
      const { notApplied } = held;
      return new KeptTask({ ...partsOf(id, plan, started), group: undefined, notApplied });
    } catch (error) {
      const isIt = (info: KeeperTaskInfo): boolean =>
        parseKeptState(info.attachment)?.mark === held.mark;
      const taken = isKeeperGone(error) ? await this.#findStarted(id, isIt) : undefined;
      if (taken !== undefined) return this.take(taken, undefined);
      throw error;
    }
  }

  /** In a group of its own: one of `open`, or one that the plan names. */
  async begin(
    id: string,
    plan: TaskPlan,
    output: OutputSlots,
    open: OpenGroups | undefined,
  ): Promise<KeptTask> {
    const group = await openGroup(id, plan, open);
    try {
      this.#groups.watch.add(id, group.paths);
      // To the very keeper that is asked: a group of dead owners whose task is not listed yet would be taken for a leftover by
      // the next supervisor, when this one dies now.
      const connection = await this.#client.connection();
      group.giveTo(this.#groups.markOf(connection));
      const request = this.#requestOf(id, plan, output, group);
      const started = await this.#startIn(group, request, connection);
      const { notApplied } = group;
      return new KeptTask({ ...partsOf(id, plan, started), group, notApplied });
    } catch (error) {
      this.#groups.watch.remove(id);
      const isIt = (info: KeeperTaskInfo): boolean => info.v2Group === (group.paths.v2 ?? '');
      const taken = isKeeperGone(error) ? await this.#findStarted(id, isIt) : undefined;
      if (taken !== undefined) return this.take(taken, open, group);
      // Why it was not started is what the caller has to know; the group is found as a leftover.
      await group.remove().catch(() => undefined);
      throw error;
    }
  }

  async #startIn(
    group: TaskCgroup,
    request: KeptStart,
    connection: KeeperConnection,
  ): Promise<KeeperStarted> {
    const cgroup = group.spawnOption();
    try {
      const options = { ...request.options, cgroup };
      return await this.#client.start({ ...request, options }, connection);
    } catch (error) {
      if (group.paths.v2 === undefined || !wasKilledByClone(error)) throw error;
      // Into a group that was killed once some kernels clone nobody any more (docs/decisions/killed-groups.md): the child joins the
      // group of its record by itself.
      const { v1 = {} } = cgroup;
      const options =
        Object.keys(v1).length > 0 ? { ...request.options, cgroup: { v1 } } : request.options;
      return this.#client.start({ ...request, options }, connection);
    }
  }

  /** One that the keeper has. @param ownGroup what it was started in, where that was here */
  take(info: KeeperTaskInfo, open: OpenGroups | undefined, ownGroup?: TaskCgroup): KeptTask {
    const { id, pid, v2Group, v1Groups } = info;
    const state = parseKeptState(info.attachment);
    if (state === undefined) throw unreadable(id);
    const { notApplied } = state;
    const isRunning = info.exit.state === KeeperExitState.running;
    const parts = partsOf(id, isRunning ? wholePlan(state, pid) : state.plan, info);
    if (v2Group === '' && v1Groups.length === 0) {
      return new KeptTask({ ...parts, group: undefined, notApplied });
    }
    const group = ownGroup ?? adoptGroup(info, state, open);
    if (isRunning) {
      this.#groups.watch.add(id, group.paths);
      group.giveTo(this.#groups.mark);
    }
    return new KeptTask({ ...parts, group, notApplied: group.notApplied });
  }

  #requestOf(
    id: string,
    plan: TaskPlan,
    [stdout = 'ignore', stderr = 'ignore']: OutputSlots,
    held: TaskCgroup | HeldByReaper,
  ): KeptStart {
    return {
      command: plan.command,
      args: plan.args,
      options: spawnOptionsOf(plan, ['ignore', stdout, stderr]),
      task: describeKeptTask(id, plan, held, this.#endsWithUs),
    };
  }

  /** The keeper has gone before it answered: the task may run all the same, and must not run twice. */
  async #findStarted(
    id: string,
    isIt: (info: KeeperTaskInfo) => boolean,
  ): Promise<KeeperTaskInfo | undefined> {
    return (await this.#client.list()).find((task) => task.id === id && isIt(task));
  }
}

function wasKilledByClone(error: unknown): boolean {
  return (
    error instanceof SpawnError && error.code === 'ERR_KILLED_BEFORE_EXEC' && error.step === 'clone'
  );
}

function openGroup(
  id: string,
  { givenGroup, limits, impliedLimits }: TaskPlan,
  open: OpenGroups | undefined,
): TaskCgroup | Promise<TaskCgroup> {
  if (givenGroup !== undefined) return openGivenGroup(id, givenGroup, limits, impliedLimits);
  if (open === undefined) throw new Error(`nobody has opened a place for the group of task ${id}`);
  return open.groups.openLater(id, limits, impliedLimits);
}

function adoptGroup(
  { id, v2Group, v1Groups }: KeeperTaskInfo,
  { plan: { givenGroup }, limits, writes, notApplied }: KeptState,
  open: OpenGroups | undefined,
): TaskCgroup {
  const known = { limits, writes, notApplied };
  if (givenGroup !== undefined) return adoptGivenGroup(id, givenGroup, known);
  if (open === undefined) throw noGroupsToAdopt(id);
  const paths = { ...(v2Group !== '' && { v2: v2Group }), v1: v1Groups };
  return open.groups.adopt({ taskId: id, paths, ...known });
}

/** What the keeper says of a task in each of its answers. */
type Told = Pick<KeeperTaskInfo, 'serial' | 'pid' | 'reaperPid' | 'startedAtMs'>;

function partsOf(
  id: string,
  plan: TaskPlan,
  { serial, pid, reaperPid, startedAtMs }: Told,
): Omit<KeptTaskParts, 'group' | 'notApplied'> {
  return { id, plan, serial, pid, reaperPid, startedAt: new Date(startedAtMs) };
}

// Owner of what is known of the groups that Nomad's client has made for tasks: whose they are, and that nothing of an earlier task is left
// in one when the next starts there.

import type { GivenGroup } from '../cgroup/given-group.ts';
import type { Containment } from '../containment/containment.ts';
import { containByGroups } from '../containment/group-containment.ts';
import type { DriverTask } from '../driver/task.ts';
import { hasErrorCode } from '../system-code.ts';
import { Turns } from '../turns.ts';
import { StuckError } from './grpc-errors.ts';
import type { PluginLog } from './plugin-log.ts';

/** How long the processes of a group may take to end after SIGKILL. */
const killGraceMs = 15_000;

export class NomadGroups {
  readonly #log: PluginLog;
  readonly #turns = new Turns();
  /** Of tasks that another driver has started, by the ids that Nomad has for them. */
  readonly #foreign = new Map<string, GivenGroup | undefined>();
  /** Ids of our tasks, by directory. */
  readonly #tasks = new Map<string, string>();

  constructor(log: PluginLog) {
    this.#log = log;
  }

  /** Two starts in one group, of which the second would not see the first, come one after the other. */
  inTurn<Value>({ id, givenGroup }: DriverTask, act: () => Promise<Value>): Promise<Value> {
    return this.#turns.take(givenGroup === undefined ? id : directoryOf(givenGroup), act);
  }

  /** A task of ours runs there. */
  note(id: string, group: GivenGroup | undefined): void {
    if (group !== undefined) this.#tasks.set(directoryOf(group), id);
  }

  /** The task of ours that was seen there last, if it is not `id`. */
  otherTaskIn(group: GivenGroup, id: string): string | undefined {
    const known = this.#tasks.get(directoryOf(group));
    return known === id ? undefined : known;
  }

  forget(id: string): void {
    for (const [directory, task] of this.#tasks) {
      if (task === id) this.#tasks.delete(directory);
    }
  }

  /** A task that another driver has started: what runs of it ends when Nomad has it destroyed. */
  noteForeign(id: string, group: GivenGroup | undefined): void {
    this.#foreign.set(id, group);
  }

  /** @returns whether it was one of another driver */
  async destroyForeign(id: string): Promise<boolean> {
    if (!this.#foreign.has(id)) return false;
    const group = this.#foreign.get(id);
    if (group !== undefined) await this.empty(id, group);
    else
      this.#log.warn(
        'another driver has started a task in no group: what runs of it is not known here',
        { task_id: id },
      );
    this.#foreign.delete(id);
    return true;
  }

  async isOccupied(group: GivenGroup): Promise<boolean> {
    return (await look(group, async (containment) => !containment.isEmpty())) ?? false;
  }

  /** Ends all that is in the group. Rejects when something is there even after SIGKILL. */
  async empty(id: string, group: GivenGroup): Promise<void> {
    await look(group, async (containment) => {
      if (containment.isEmpty()) return;
      const details = { task_id: id, processes: containment.members().length };
      this.#log.warn('ends processes that are left in the group of a task', details);
      const { survivors } = await containment.killAll(killGraceMs);
      if (survivors.length === 0) return;
      const pids = survivors.map(({ pid }) => pid).join(', ');
      throw new StuckError(
        `processes in ${containment.name} do not end even after SIGKILL: ${pids}`,
      );
    });
  }
}

/** Undefined when the group is not there, or not any more. */
async function look<Value>(
  { v2, v1 = {} }: GivenGroup,
  act: (containment: Containment) => Promise<Value>,
): Promise<Value | undefined> {
  const groups = Object.entries(v1).map(([controller, directory]) => ({ controller, directory }));
  const containment = containByGroups({ ...(v2 !== undefined && { v2 }), v1: groups });
  if (containment === undefined) return undefined;
  try {
    return await act(containment);
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT', 'ENODEV'])) return undefined;
    throw error;
  } finally {
    containment.close();
  }
}

function directoryOf({ v2, v1 = {} }: GivenGroup): string {
  return v2 ?? Object.values(v1)[0] ?? '';
}

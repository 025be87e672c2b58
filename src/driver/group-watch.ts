// Owner of everything that looks into the groups of a host's tasks, wherever these groups are.

import { GroupStats, type StatsPaths } from '../cgroup/group-stats.ts';
import { type OomKillEvent, OomWatch } from '../cgroup/oom-watch.ts';
import { GroupProcesses } from './group-processes.ts';
import type { TaskUsage } from './task-host.ts';
import { groupUsage } from './task-usage.ts';

export class GroupWatch {
  readonly oom: OomWatch = new OomWatch();
  readonly #stats: GroupStats = new GroupStats();
  readonly #processes = new Map<string, GroupProcesses>();

  constructor(onOomKilled: (event: OomKillEvent) => void) {
    this.oom.events.on('oomKilled', onOomKilled);
  }

  add(id: string, paths: StatsPaths): void {
    this.oom.add(id, paths);
    this.#stats.add(id, paths);
    this.#processes.set(id, new GroupProcesses(paths));
  }

  /** What the task uses at this moment; undefined when its group is gone. */
  usage(id: string): TaskUsage | undefined {
    const sample = this.#stats.read(id, { detail: true });
    return sample && groupUsage(sample, this.#processes.get(id)?.read() ?? []);
  }

  remove(id: string): void {
    this.oom.remove(id);
    this.#stats.remove(id);
    this.#processes.delete(id);
  }

  close(): void {
    this.oom.close();
    this.#stats.close();
    this.#processes.clear();
  }
}

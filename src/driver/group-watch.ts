// Owner of everything that looks into the groups of a host's tasks, wherever these groups are.

import { GroupStats, type StatsPaths } from '../cgroup/group-stats.ts';
import { type OomKillEvent, OomWatch } from '../cgroup/oom-watch.ts';

export class GroupWatch {
  readonly oom: OomWatch = new OomWatch();
  readonly stats: GroupStats = new GroupStats();

  constructor(onOomKilled: (event: OomKillEvent) => void) {
    this.oom.events.on('oomKilled', onOomKilled);
  }

  add(id: string, paths: StatsPaths): void {
    this.oom.add(id, paths);
    this.stats.add(id, paths);
  }

  remove(id: string): void {
    this.oom.remove(id);
    this.stats.remove(id);
  }

  close(): void {
    this.oom.close();
    this.stats.close();
  }
}

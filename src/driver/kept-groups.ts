// Owner of the groups of the keeper's tasks: it opens them with the first task, and knows who looks after them.

import { type GroupMark, identityOf } from '../cgroup/group-owner.ts';
import type { ReapReport } from '../cgroup/leftover-groups.ts';
import type { OomKillEvent } from '../cgroup/oom-watch.ts';
import type { KeeperClient } from '../keeper/keeper-client.ts';
import type { KeeperConnection } from '../keeper/keeper-connection.ts';
import type { KeeperTaskInfo } from '../native/keeper.ts';
import type { GroupWatch } from './group-watch.ts';
import { HostGroups, type OpenGroups, type TaskContainmentWish } from './host-groups.ts';

export interface KeptGroupsOptions {
  readonly containment: TaskContainmentWish;
  readonly poolSize: number;
  readonly cgroupParent?: string;
  readonly onLeftovers: (report: ReapReport) => void;
  readonly onOomKilled: (event: OomKillEvent) => void;
}

export class KeptGroups {
  readonly #client: KeeperClient;
  readonly #groups: HostGroups;
  #mark: GroupMark = { owners: [] };
  #markOf: KeeperConnection | undefined;
  /** Directories of the groups of all tasks, while leftovers are looked for. */
  #held: Promise<ReadonlySet<string>> | undefined;

  constructor(client: KeeperClient, options: KeptGroupsOptions) {
    const { containment, poolSize, cgroupParent, onLeftovers, onOomKilled } = options;
    this.#client = client;
    this.#groups = new HostGroups({
      containment,
      poolSize,
      onLeftovers,
      onOomKilled,
      isLive: ({ directories }) => this.#isHeld(directories),
      stateDirectory: client.stateDirectory,
      ...(cgroupParent !== undefined && { cgroupParent }),
    });
  }

  /** Undefined when tasks get reapers. */
  async open(): Promise<OpenGroups | undefined> {
    if (this.#markOf === undefined) this.markOf(await this.#client.connection());
    return await this.#groups.open().finally(() => {
      this.#held = undefined;
    });
  }

  get watch(): GroupWatch {
    return this.#groups.watch;
  }

  /** What groups are marked with from here on: the keeper of this connection, its holder, and the state directory. */
  markOf(connection: KeeperConnection): GroupMark {
    if (connection !== this.#markOf) {
      const { keeperPid, holderPid } = connection.welcome;
      const owners = [keeperPid, holderPid]
        .map((pid) => (pid > 0 ? identityOf(pid) : undefined))
        .filter((owner) => owner !== undefined);
      this.#markOf = connection;
      this.#mark = { owners, stateDirectory: this.#client.stateDirectory };
    }
    return this.#mark;
  }

  /** The mark of the keeper that was asked last. */
  get mark(): GroupMark {
    return this.#mark;
  }

  close(): Promise<void> {
    return this.#groups.close();
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
}

// Pure: what is measured; of the keeper in keeper-cases.ts, of the agent in agent-cases.ts, of the plugin in plugin-cases.ts. One case is one table; its entries are run in turn, so that they see the same machine.

import { agentCase } from './agent-cases.ts';
import { helpersCase, logsCase } from './keeper-cases.ts';
import { pluginCase } from './plugin-cases.ts';
import type { RivalName } from './rivals.ts';
import { rivalNames } from './rivals.ts';

export type Value = string | number;

export interface Entry {
  readonly rival: RivalName;
  /** What is different from the plain start, as the table shows it. */
  readonly load: string;
  readonly settings: Readonly<Record<string, Value>>;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  /**
   * `import` measures the start of a program that loads the library; the others are modes of the workers. `notice`: `seen` is
   * the time from a SIGKILL to a sleeping program until its end is told. `figures`: the worker names what it has measured.
   */
  readonly mode: 'latency' | 'throughput' | 'pipe' | 'stop' | 'notice' | 'import' | 'figures';
  /** The worker of all entries, in place of those that their rivals have. */
  readonly worker?: string;
  readonly entries: readonly Entry[];
  /** Fresh processes for each entry. */
  readonly rounds: { readonly pinned: number; readonly free: number };
  readonly settings: Readonly<Record<string, Value>>;
  /** Why the case cannot be measured here. */
  readonly skipped?: string;
}

/** What the cases need to know about the machine. */
export interface Surroundings {
  readonly groupV2: string | { readonly absent: string };
  readonly groupV1: string | { readonly absent: string };
  readonly isRoot: boolean;
  /** Hard limit of open descriptors. */
  readonly maxFds: number;
  readonly noop: string;
  readonly writer: string;
  readonly tree: string;
  /** bench/native/log_pump.cc, compiled. */
  readonly logCarrier: string | { readonly absent: string };
}

export const noLoad = 'none';

type Load = readonly [label: string, settings: Readonly<Record<string, Value>>];

const none: Load = [noLoad, {}];
const buffers = (memoryMb: number, label: string): Load => [`${label} of Buffers`, { memoryMb }];
const objects = (memoryMb: number, label: string): Load => [
  `${label} of objects`,
  { memoryMb, memoryKind: 'objects', warmup: 10 },
];
const fds = (count: number): Load => [`${count} descriptors`, { fds: count }];
const children = (count: number): Load => [`${count} children`, { children: count }];

const peers: readonly RivalName[] = ['bun', 'deno', 'go', 'rust', 'python'];
/** These have cases of their own. */
const special: readonly RivalName[] = [
  'raw-exec-groups',
  'raw-exec-keeper',
  'raw-exec-agent',
  'raw-exec-plugin',
  'pipe-process',
  's6',
  'node-helper',
];
/** All that start a plain program. */
const starters = rivalNames.filter((name) => !special.includes(name));

const oneOfEach: readonly RivalName[] = [
  'floor',
  'floor-same',
  'raw-exec',
  'child_process',
  ...peers,
];

function cross(rivals: readonly RivalName[], loads: readonly Load[]): Entry[] {
  return loads.flatMap(([load, settings]) => rivals.map((rival) => ({ rival, load, settings })));
}

/**
 * Measured when the compiler has settled: V8 optimises on threads of its own, which share the one CPU of a pinned run with
 * what is measured, until some 2,000 starts. What starts cost before that is the case `first`.
 */
const steady = { iterations: 2000, warmup: 3000, maxMs: 800 };

function memoryCase(): Case {
  const big: Load[] = [buffers(500, '500 MB'), buffers(2000, '2 GB')];
  const heap: Load[] = [objects(500, '500 MB'), objects(2000, '2 GB')];
  return {
    name: 'memory',
    title: 'Start while the parent holds memory',
    mode: 'latency',
    entries: [
      ...cross(['floor-same', 'raw-exec', 'child_process', 'bun'], [none, ...big]),
      ...cross(['raw-exec', 'child_process'], heap),
    ],
    rounds: { pinned: 3, free: 1 },
    settings: { ...steady, warmup: 100, maxMs: 1000 },
  };
}

function userCase(where: Surroundings): Case {
  const loads = [buffers(2000, '2 GB'), fds(15_000), children(5_000)];
  return {
    name: 'user',
    title: 'Start as another user',
    mode: 'latency',
    entries: [
      ...cross(['raw-exec', 'child_process', 'execa', 'deno', 'go', 'rust', 'python'], [none]),
      ...cross(['raw-exec'], loads),
    ].map((entry) => ({ ...entry, settings: { uid: 65_534, ...entry.settings } })),
    rounds: { pinned: 3, free: 1 },
    settings: steady,
    ...(where.isRoot ? {} : { skipped: 'only root may start programs as another user' }),
  };
}

function groupCase(version: 1 | 2, group: string | { readonly absent: string }): Case {
  const path = typeof group === 'string' ? group : '';
  const into = (rival: RivalName, load: string, join: string): Entry => ({
    rival,
    load,
    settings: { cgroup: path, ...(join === '' ? { cgroupVersion: version } : { join }) },
  });
  const ways: readonly [string, string][] =
    version === 2
      ? [
          ['CLONE_INTO_CGROUP', 'clone'],
          ['child writes cgroup.procs', 'cgroup.procs'],
        ]
      : [
          ['child writes tasks', 'tasks'],
          ['child writes cgroup.procs', 'cgroup.procs'],
        ];
  return {
    name: `cgroup-v${version}`,
    title: `Start in a cgroup v${version} group`,
    mode: 'latency',
    entries: [
      ...cross(['floor', 'raw-exec'], [none]),
      ...ways.map(([load, join]) => into('floor', load, join)),
      into('raw-exec', 'option cgroup', ''),
      into('child_process', 'parent writes cgroup.procs', ''),
    ],
    rounds: { pinned: 3, free: 1 },
    settings: { ...steady, maxMs: 800, warmup: 50 },
    ...(typeof group === 'string' ? {} : { skipped: group.absent }),
  };
}

/** A group for each start, against a start without one on the same path: fast for version 2, careful for version 1. */
function taskGroupsCase(version: 1 | 2, group: string | { readonly absent: string }): Case {
  const cgroup = typeof group === 'string' ? group : '';
  const ways: readonly [string, string][] = [
    ['group from the pool', 'pooled'],
    ['group made at the start', 'fresh'],
  ];
  const isAbsent = typeof group !== 'string';
  const bare: Load = version === 2 ? none : ['careful path, no group', { uid: 65_534 }];
  return {
    name: `task-groups-v${version}`,
    title:
      version === 2
        ? 'Start a task in a cgroup v2 group of its own'
        : 'Start a task with limits of memory, cpu and pids on cgroup v1',
    mode: 'latency',
    entries: [
      ...cross(['raw-exec'], [bare]),
      ...ways.map(([load, groups]) => ({
        rival: 'raw-exec-groups' as const,
        load,
        settings: { cgroup, cgroupVersion: version, groups },
      })),
    ],
    rounds: { pinned: 5, free: 2 },
    settings: { iterations: 300, warmup: 100, maxMs: 4000 },
    ...(isAbsent ? { skipped: group.absent } : {}),
  };
}

function reapCase(where: Surroundings): Case {
  const entries = [where.groupV2, where.groupV1].flatMap((group, index) =>
    typeof group === 'string'
      ? [
          {
            rival: 'raw-exec-groups' as const,
            load: index === 0 ? 'version 2' : 'version 1, three hierarchies',
            settings: { cgroup: group, cgroupVersion: index === 0 ? 2 : 1, groups: 'reap' },
          },
        ]
      : [],
  );
  return {
    name: 'reap',
    title: 'Find and remove 1,000 groups of a dead process: time for each group',
    mode: 'latency',
    entries,
    rounds: { pinned: 2, free: 2 },
    settings: {},
    ...(entries.length === 0 ? { skipped: 'no cgroups can be made' } : {}),
  };
}

function statisticsCase(where: Surroundings): Case {
  const group = where.groupV1;
  const counts = typeof group === 'string' ? [1, 1000] : [];
  return {
    name: 'statistics',
    title: 'Read what tasks use: memory, cpu and pids on cgroup v1, time for each task',
    mode: 'latency',
    entries: counts.map((groupCount) => ({
      rival: 'raw-exec-groups' as const,
      load: groupCount === 1 ? 'one task' : `${groupCount} tasks in one call`,
      settings: { cgroup: String(group), cgroupVersion: 1, groups: 'statistics', groupCount },
    })),
    rounds: { pinned: 3, free: 2 },
    settings: { iterations: 2000, warmup: 20, maxMs: 2000 },
    ...(typeof group === 'string' ? {} : { skipped: group.absent }),
  };
}

/** Through the keeper, with few and with many tasks. */
function keptBeside(cgroup: string): Entry[] {
  return [10, 1000].map((children) => ({
    rival: 'raw-exec-keeper',
    load: `${children} tasks running`,
    settings: { cgroup, children },
  }));
}

function keeperCase(where: Surroundings): Case {
  const cgroup = typeof where.groupV2 === 'string' ? where.groupV2 : '';
  return {
    name: 'keeper',
    title: 'Start a task through the keeper: until it runs, and until its end is told',
    mode: 'latency',
    entries: [
      ...cross(['raw-exec'], [none]),
      {
        rival: 'raw-exec-groups',
        load: 'group from the pool',
        settings: { cgroup, cgroupVersion: 2, groups: 'pooled' },
      },
      ...keptBeside(cgroup),
    ],
    rounds: { pinned: 3, free: 1 },
    settings: { iterations: 400, warmup: 200, maxMs: 4000 },
    ...(typeof where.groupV2 === 'string' ? {} : { skipped: where.groupV2.absent }),
  };
}

function noticeCase(where: Surroundings): Case {
  const cgroup = typeof where.groupV2 === 'string' ? where.groupV2 : '';
  return {
    name: 'notice',
    title: 'A running program is killed: until its end is told',
    mode: 'notice',
    entries: [...cross(['raw-exec'], [none]), ...keptBeside(cgroup)],
    rounds: { pinned: 3, free: 1 },
    settings: { iterations: 300, warmup: 100, maxMs: 3000 },
    ...(typeof where.groupV2 === 'string' ? {} : { skipped: where.groupV2.absent }),
  };
}

function recoveryCase(where: Surroundings): Case {
  const cgroup = typeof where.groupV2 === 'string' ? where.groupV2 : '';
  const entries = (['recovery', 'adoption'] as const).map((groups) => ({
    rival: 'raw-exec-keeper' as const,
    load: groups === 'recovery' ? 'by a new supervisor' : 'by a new keeper, both killed',
    settings: { cgroup, groups, children: 1000 },
  }));
  return {
    name: 'recovery',
    title:
      'Find 1,000 running tasks again; by a supervisor: list them (call), take them over (seen)',
    mode: 'latency',
    entries,
    rounds: { pinned: 2, free: 1 },
    settings: { iterations: 0, warmup: 0 },
    ...(typeof where.groupV2 === 'string' ? {} : { skipped: where.groupV2.absent }),
  };
}

function stopCase(where: Surroundings): Case {
  const group = where.groupV2;
  const processes = (count: number): Load => [
    `${count} processes`,
    { target: where.tree, targetArgument: count },
  ];
  return {
    name: 'stop',
    title: 'End everything in a v2 group: cgroup.kill is written, the group is empty',
    mode: 'stop',
    entries: cross(['floor', 'raw-exec'], [processes(1), processes(1000)]).map((entry) => ({
      ...entry,
      settings: { ...entry.settings, cgroup: typeof group === 'string' ? group : '' },
    })),
    rounds: { pinned: 3, free: 2 },
    settings: { iterations: 40, warmup: 3, maxMs: 4000 },
    ...(typeof group === 'string' ? {} : { skipped: group.absent }),
  };
}

/** All cases, in the order of the report. */
export function makeCases(where: Surroundings): readonly Case[] {
  const atATime = (concurrency: number): Load => [`${concurrency} at a time`, { concurrency }];
  const bytes = (count: number, label: string): Load => [
    label,
    { target: where.writer, targetArgument: count },
  ];
  return [
    {
      name: 'base',
      title: 'Start and end seen, nothing else going on',
      mode: 'latency',
      entries: cross(starters, [none]),
      rounds: { pinned: 5, free: 2 },
      settings: steady,
    },
    {
      name: 'first',
      title: 'The first hundred starts of a program, in the state that it begins in',
      mode: 'latency',
      entries: cross(oneOfEach, [none]),
      rounds: { pinned: 7, free: 3 },
      settings: { iterations: 100, warmup: 0, maxMs: 500 },
    },
    memoryCase(),
    {
      name: 'fds',
      title: 'Start while the parent has open descriptors',
      mode: 'latency',
      entries: cross(oneOfEach, [none, fds(5_000), fds(15_000)]),
      rounds: { pinned: 3, free: 1 },
      settings: { ...steady, maxMs: 300 },
      ...(where.maxFds >= 15_200
        ? {}
        : { skipped: `the hard limit of descriptors is ${where.maxFds}, and 15,200 are needed` }),
    },
    {
      name: 'children',
      title: 'Start while the parent has live children',
      mode: 'latency',
      entries: cross(
        oneOfEach.filter((rival) => rival !== 'floor'),
        [none, children(1_000), children(5_000)],
      ),
      rounds: { pinned: 3, free: 1 },
      settings: { ...steady, maxMs: 300 },
    },
    userCase(where),
    groupCase(2, where.groupV2),
    groupCase(1, where.groupV1),
    taskGroupsCase(2, where.groupV2),
    taskGroupsCase(1, where.groupV1),
    reapCase(where),
    statisticsCase(where),
    keeperCase(where),
    noticeCase(where),
    recoveryCase(where),
    helpersCase(where),
    logsCase(where),
    agentCase(),
    pluginCase(),
    stopCase(where),
    {
      name: 'throughput',
      title: 'Starts per second',
      mode: 'throughput',
      entries: cross(starters, [atATime(1), atATime(8), atATime(64)]),
      rounds: { pinned: 1, free: 3 },
      settings: { iterations: 64_000_000, warmup: 200, maxMs: 350 },
    },
    {
      name: 'pipes',
      title: 'Start, read all of the output through a pipe, end seen',
      mode: 'pipe',
      entries: cross(starters, [bytes(64, '64 bytes'), bytes(1 << 20, '1 MiB')]),
      rounds: { pinned: 2, free: 1 },
      settings: { ...steady, iterations: 500, warmup: 100, maxMs: 350 },
    },
    {
      name: 'import',
      title: 'Load the library: import() alone, and the whole program',
      mode: 'import',
      entries: [
        { rival: 'child_process', load: 'nothing imported', settings: { library: '' } },
        { rival: 'raw-exec', load: 'imported', settings: { library: 'raw-exec' } },
        { rival: 'execa', load: 'imported', settings: {} },
        { rival: 'tinyexec', load: 'imported', settings: {} },
      ],
      rounds: { pinned: 25, free: 10 },
      settings: {},
    },
  ];
}

// Pure: what the harness asks of a worker, read from key=value arguments. Runs in Node, Bun and Deno.

export interface Settings {
  readonly mode: 'latency' | 'throughput' | 'pipe' | 'stop' | 'notice' | 'figures';
  readonly target: string;
  /** The target's only argument; empty for none. */
  readonly targetArgument: string;
  readonly sleeper: string;
  readonly iterations: number;
  readonly warmup: number;
  /** Warm-up and measurement end after this time each, however many starts were wanted. */
  readonly maxMs: number;
  readonly concurrency: number;
  readonly fds: number;
  readonly children: number;
  readonly memoryMb: number;
  readonly memoryKind: 'buffers' | 'objects';
  /** User and group id of the started program. */
  readonly uid: number | undefined;
  /** Directory of a cgroup. */
  readonly cgroup: string | undefined;
  readonly cgroupVersion: 1 | 2;
  /**
   * Groups of tasks: from the pool, made at the start, none; the reaping of leftovers; reading what they use. Of a
   * keeper: taking tasks over, as a new supervisor or as a new keeper; memory, of tasks without and with log files.
   */
  readonly groups: GroupUse | undefined;
  /** How many of them. */
  readonly groupCount: number;
  /** Path of the library to load, for workers that measure a package. */
  readonly library: string;
}

const groupUses = [
  'pooled',
  'fresh',
  'reap',
  'statistics',
  'recovery',
  'adoption',
  'memory',
  'logged-memory',
] as const;
const modes = ['latency', 'throughput', 'pipe', 'stop', 'notice', 'figures'] as const;
export type GroupUse = (typeof groupUses)[number];

/** All that was given, by its key. The last of one key counts. */
export function readPairs(args: readonly string[]): ReadonlyMap<string, string> {
  return new Map(args.map((argument) => splitOnce(argument)));
}

export function parseSettings(args: readonly string[]): Settings {
  const values = readPairs(args);
  const number = (key: string, absent: number): number => Number(values.get(key) ?? absent);
  const mode = values.get('mode');
  const uid = values.get('uid');
  const groups = values.get('groups');
  return {
    mode: modes.find((known) => known === mode) ?? 'latency',
    target: values.get('target') ?? '',
    targetArgument: values.get('targetArgument') ?? '',
    sleeper: values.get('sleeper') ?? '',
    iterations: number('iterations', 100),
    warmup: number('warmup', 0),
    maxMs: number('maxMs', 1000),
    concurrency: number('concurrency', 1),
    fds: number('fds', 0),
    children: number('children', 0),
    memoryMb: number('memoryMb', 0),
    memoryKind: values.get('memoryKind') === 'objects' ? 'objects' : 'buffers',
    uid: uid === undefined ? undefined : Number(uid),
    cgroup: values.get('cgroup'),
    cgroupVersion: values.get('cgroupVersion') === '1' ? 1 : 2,
    groups: groupUses.find((use) => use === groups),
    groupCount: number('groupCount', 1),
    library: values.get('library') ?? '',
  };
}

function splitOnce(argument: string): [string, string] {
  const at = argument.indexOf('=');
  return [argument.slice(0, at), argument.slice(at + 1)];
}

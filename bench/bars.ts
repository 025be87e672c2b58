// Pure: what the project sets itself to reach, and what was measured of it.

import { atLeast, atMost, type Bar } from './bar.ts';
import { noLoad } from './cases.ts';
import { agentBars, helperMemory, logPump, pluginBars } from './figure-bars.ts';
import { findRow, type Pinning, type Results } from './results.ts';
import type { RivalName } from './rivals.ts';

type Metric = 'call' | 'seen' | 'perSecond';

interface Spot {
  readonly case: string;
  readonly rival: RivalName;
  readonly load?: string;
  readonly pinning?: Pinning;
}

function value(
  results: Results,
  spot: Spot,
  metric: Metric,
  part: 'p50' | 'p99' = 'p50',
): number | undefined {
  const row = findRow(results, { load: noLoad, pinning: 'pinned', ...spot });
  return row?.[metric]?.[part];
}

const ours = (name: string, load = noLoad): Spot => ({ case: name, rival: 'raw-exec', load });
const theirs = (name: string, rival: RivalName, load = noLoad): Spot => ({
  case: name,
  rival,
  load,
});

function againstFloor(results: Results, floor: RivalName, told: string): Bar[] {
  const ratio = (what: string, limit: number, metric: Metric, part: 'p50' | 'p99'): Bar =>
    atMost(
      `${what} against ${told}`,
      limit,
      value(results, ours('base'), metric, part),
      value(results, theirs('base', floor), metric, part),
    );
  return [
    ratio('call', 1.15, 'call', 'p50'),
    ratio('seen', 1.25, 'seen', 'p50'),
    ratio('call, p99,', 2, 'call', 'p99'),
    ratio('seen, p99,', 2, 'seen', 'p99'),
  ];
}

function flatness(results: Results): Bar[] {
  const loads: readonly [string, string][] = [
    ['memory', '2 GB of Buffers'],
    ['memory', '2 GB of objects'],
    ['fds', '15000 descriptors'],
    ['children', '5000 children'],
    ['user', '2 GB of Buffers'],
    ['user', '15000 descriptors'],
    ['user', '5000 children'],
  ];
  return loads.flatMap(([name, load]) => {
    const metrics: readonly Metric[] = name === 'user' ? ['call'] : ['call', 'seen'];
    return metrics.map((metric) =>
      atMost(
        `${metric}${name === 'user' ? ' as another user' : ''} with ${load}, against without`,
        1.15,
        value(results, ours(name, load), metric),
        value(results, ours(name), metric),
      ),
    );
  });
}

/** All bars, measured or not. */
export function readBars(results: Results): readonly Bar[] {
  const than = (what: string, limit: number, name: string, metric: Metric, load = noLoad): Bar =>
    atLeast(
      what,
      limit,
      value(results, theirs(name, 'child_process', load), metric),
      value(results, ours(name, load), metric),
    );
  const free = (rival: RivalName): number | undefined =>
    value(
      results,
      { case: 'throughput', rival, load: '64 at a time', pinning: 'free' },
      'perSecond',
    );
  const peers: readonly RivalName[] = ['bun', 'deno', 'go', 'rust', 'python'];
  return [
    ...againstFloor(results, 'floor', 'the C floor'),
    ...againstFloor(results, 'floor-same', 'the C floor with the same promises'),
    than('call, child_process against ours', 9, 'base', 'call'),
    than('seen, child_process against ours', 5, 'base', 'seen'),
    than(
      'call with 500 MB of Buffers, child_process against ours',
      200,
      'memory',
      'call',
      '500 MB of Buffers',
    ),
    than(
      'call with 2 GB of Buffers, child_process against ours',
      800,
      'memory',
      'call',
      '2 GB of Buffers',
    ),
    ...flatness(results),
    ...peers.map((rival) =>
      atLeast(
        `seen, ${rival} against ours`,
        1,
        value(results, theirs('base', rival), 'seen'),
        value(results, ours('base'), 'seen'),
      ),
    ),
    than('call as another user, child_process against ours', 2.5, 'user', 'call'),
    ...taskGroups(results),
    ...keeper(results),
    ...helperMemory(results),
    ...logPump(results),
    ...agentBars(results),
    ...pluginBars(results),
    atLeast(
      'throughput, 64 at a time, ours against child_process',
      3,
      free('raw-exec'),
      free('child_process'),
    ),
    atMost(
      'stop of 1,000 processes until the group is empty, against C',
      1.3,
      value(results, ours('stop', '1000 processes'), 'seen'),
      value(results, theirs('stop', 'floor', '1000 processes'), 'seen'),
    ),
    importBar(results),
  ];
}

function taskGroups(results: Results): Bar[] {
  const groups = (name: string, load: string): Spot => ({
    case: name,
    rival: 'raw-exec-groups',
    load,
  });
  const against = (what: string, limit: number, version: 1 | 2, load: string): Bar => {
    const name = `task-groups-v${version}`;
    const bare = ours(name, version === 1 ? 'careful path, no group' : noLoad);
    // Until the end is seen: the kernel tells that a new group is populated, and pinned its worker delays the call's return.
    return atMost(
      what,
      limit,
      value(results, groups(name, load), 'seen'),
      value(results, bare, 'seen'),
    );
  };
  const reaped = value(results, groups('reap', 'version 2'), 'call');
  return [
    against('seen, in a v2 group from the pool, against no group', 1.3, 2, 'group from the pool'),
    against(
      'seen, with three v1 limits, pooled, against the careful path',
      1.8,
      1,
      'group from the pool',
    ),
    against(
      'seen, with three v1 limits, fresh, against the careful path',
      3,
      1,
      'group made at the start',
    ),
    microseconds('one of 1,000 leftover groups reaped', 100, reaped),
    microseconds(
      'statistics of one task',
      15,
      value(results, groups('statistics', 'one task'), 'call'),
    ),
    microseconds(
      'statistics of 1,000 tasks in one call, each',
      15,
      value(results, groups('statistics', '1000 tasks in one call'), 'call'),
    ),
  ];
}

function keeper(results: Results): Bar[] {
  const kept = (load: string, metric: Metric, name = 'keeper'): number | undefined =>
    value(results, { case: name, rival: 'raw-exec-keeper', load }, metric);
  const few = '10 tasks running';
  const many = '1000 tasks running';
  const ms = (time: number | undefined): number | undefined =>
    time === undefined ? undefined : time / 1000;
  return [
    atMost(
      'running through the keeper, against spawn() in process',
      5,
      kept(few, 'call'),
      value(results, ours('keeper'), 'call'),
    ),
    atMost('running with 1,000 tasks, against 10', 1.25, kept(many, 'call'), kept(few, 'call')),
    atMost(
      'end of a killed program told by the keeper, against in process',
      3,
      kept(few, 'seen', 'notice'),
      value(results, ours('notice'), 'seen'),
    ),
    milliseconds(
      '1,000 tasks taken over by a new supervisor',
      200,
      ms(kept('by a new supervisor', 'seen', 'recovery')),
    ),
    milliseconds(
      '1,000 tasks adopted by a new keeper',
      300,
      ms(kept('by a new keeper, both killed', 'seen', 'recovery')),
    ),
  ];
}

function milliseconds(what: string, limit: number, measured: number | undefined): Bar {
  return {
    what,
    wanted: `≤ ${limit} ms`,
    measured: measured === undefined ? undefined : `${measured.toFixed(measured < 20 ? 1 : 0)} ms`,
    isReached: measured === undefined ? undefined : measured <= limit,
  };
}

function microseconds(what: string, limit: number, measured: number | undefined): Bar {
  return {
    what,
    wanted: `≤ ${limit} µs`,
    measured: measured === undefined ? undefined : `${measured.toFixed(measured < 20 ? 1 : 0)} µs`,
    isReached: measured === undefined ? undefined : measured <= limit,
  };
}

function importBar(results: Results): Bar {
  const program = value(results, ours('import', 'imported'), 'seen');
  const bare = value(results, theirs('import', 'child_process', 'nothing imported'), 'seen');
  const ms = program === undefined || bare === undefined ? undefined : (program - bare) / 1000;
  return milliseconds('import, over bare Node', 5, ms);
}

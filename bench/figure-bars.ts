// Pure: what is to be reached in figures that are no times.

import { agentLoads } from './agent-cases.ts';
import { atLeast, atMost, type Bar } from './bar.ts';
import { carried, logged, logLoads, sleeping } from './keeper-cases.ts';
import { inProcess, pluginLoads } from './plugin-cases.ts';
import { findRow, type Pinning, type Results } from './results.ts';
import type { RivalName } from './rivals.ts';

function kib(what: string, limit: number, measured: number | undefined): Bar {
  return {
    what,
    wanted: `≤ ${limit.toLocaleString('en-US')} KiB`,
    measured:
      measured === undefined
        ? undefined
        : `${measured < 20 ? measured.toFixed(2) : Math.round(measured).toLocaleString('en-US')} KiB`,
    isReached: measured === undefined ? undefined : measured <= limit,
  };
}

/** A constant few processes, and little for each task. */
export function helperMemory(results: Results): Bar[] {
  const loads: readonly [string, string][] = [
    ['keeper and holder', sleeping],
    ['keeper, holder and pump', logged],
  ];
  return loads.flatMap(([who, load]) => {
    const row = findRow(results, {
      case: 'helpers',
      rival: 'raw-exec-keeper',
      load,
      pinning: 'pinned',
    });
    const figure = (heading: string): number | undefined => row?.figures?.[heading]?.p50;
    const count = figure('tasks');
    const tasks = count === undefined ? 'many' : count.toLocaleString('en-US');
    return [
      kib(`private memory of ${who} with one task`, 3072, figure('KiB with one task')),
      kib(`and for each of ${tasks} ${load}`, 4, figure('KiB a task')),
    ];
  });
}

/** As users run it: who writes and who carries have a CPU each. */
const pinning: Pinning = 'free';

export function logPump(results: Results): Bar[] {
  const figure = (rival: RivalName, load: string, heading: string): number | undefined =>
    findRow(results, { case: 'logs', rival, load, pinning })?.figures?.[heading]?.p50;
  return logLoads.flatMap(({ label }) => {
    const ours = (heading: string): number | undefined =>
      figure('raw-exec-keeper', carried(label, 'splice'), heading);
    const node = (heading: string): number | undefined =>
      figure('node-helper', carried(label, 'stream pipe'), heading);
    const loop = figure('floor', carried(label, 'splice'), 'MB/s');
    return [
      atLeast(`log of ${label}, against a C splice loop`, 0.9, ours('MB/s'), loop),
      atLeast(`log of ${label}, against a Node stream pipe`, 3, ours('MB/s'), node('MB/s')),
      atMost(
        `CPU for a GB of ${label}, against a Node stream pipe`,
        0.5,
        ours('CPU s per GB'),
        node('CPU s per GB'),
      ),
    ];
  });
}

const most = (what: string, limit: number, unit: string, measured: number | undefined): Bar => ({
  what,
  wanted: `≤ ${limit.toLocaleString('en-US')} ${unit}`,
  measured: measured === undefined ? undefined : `${measured.toFixed(1)} ${unit}`,
  isReached: measured === undefined ? undefined : measured <= limit,
});

export function agentBars(results: Results): Bar[] {
  const figure = (load: string, heading: string): number | undefined =>
    findRow(results, { case: 'agent', rival: 'raw-exec-agent', load, pinning })?.figures?.[heading]
      ?.p50;
  const { idle, oneShot, follow, restart, recovery, status } = agentLoads;
  const speed = figure(oneShot, 'tasks/s');
  return [
    most('agent and keeper with 1,000 idle tasks', 1, '% of a core', figure(idle, '% of a core')),
    most('and their memory', 150, 'MiB', figure(idle, 'MiB resident')),
    {
      what: 'one-shot tasks of a job, registered until complete',
      wanted: '≥ 400 a second',
      measured: speed === undefined ? undefined : `${speed.toFixed(0)} a second`,
      isReached: speed === undefined ? undefined : speed >= 400,
    },
    most('`logs -f`, written until printed, p99', 20, 'ms', figure(follow, 'ms p99')),
    most('restart of a crashed task, end until running', 5, 'ms', figure(restart, 'ms p50')),
    most('1,000 running tasks recovered by the next agent', 1000, 'ms', figure(recovery, 'ms p50')),
    most('`status` over bare Node', 60, 'ms', figure(status, 'ms p50')),
  ];
}

export function pluginBars(results: Results): Bar[] {
  const figure = (load: string, heading: string): number | undefined =>
    findRow(results, { case: 'plugin', rival: 'raw-exec-plugin', load, pinning })?.figures?.[
      heading
    ]?.p50;
  const { start, startTask, waitTask, idle, stats } = pluginLoads;
  const called = figure(startTask, 'ms p50');
  const bare = figure(startTask, inProcess);
  const beyond = called === undefined || bare === undefined ? undefined : called - bare;
  return [
    most('plugin, exec until its handshake line', 200, 'ms', figure(start, 'ms p50')),
    most('StartTask until answered', 3, 'ms', called),
    most('and beyond the same in process', 1.5, 'ms', beyond),
    most('a task is killed until WaitTask answers', 2, 'ms', figure(waitTask, 'ms p50')),
    kib('plugin and keeper for each of 1,000 idle tasks', 40, figure(idle, 'KiB a task')),
    most('1,000 tasks, TaskStats each second', 5, '% of a core', figure(stats, '% of a core')),
  ];
}

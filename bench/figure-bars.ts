// Pure: what is to be reached in figures that are no times.

import { atLeast, atMost, type Bar } from './bar.ts';
import { carried, logged, logLoads, sleeping } from './keeper-cases.ts';
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

// Pure: what is measured of those who look after many tasks, by figures that are no times: memory, speed, CPU.

import type { Case, Entry, Surroundings, Value } from './cases.ts';
import { rootFolder, workerFile } from './paths.ts';
import type { RivalName } from './rivals.ts';

export const sleeping = 'sleeping tasks';
export const logged = 'sleeping tasks, stdout and stderr in files';
/** What one helper for each task writes: its output. */
const piped = 'sleeping tasks, stdout in a file';

type Settings = Readonly<Record<string, Value>>;

export function helpersCase(where: Surroundings): Case {
  const cgroup = typeof where.groupV2 === 'string' ? where.groupV2 : '';
  const entry = (rival: RivalName, load: string, settings: Settings): Entry => ({
    rival,
    load,
    settings,
  });
  const kept = (load: string, groups: string): Entry =>
    entry('raw-exec-keeper', load, { cgroup, groups, children: 10_000 });
  return {
    name: 'helpers',
    title: 'Private memory of those who look after sleeping tasks',
    mode: 'figures',
    entries: [
      kept(sleeping, 'memory'),
      kept(logged, 'logged-memory'),
      entry('pipe-process', piped, { children: 50 }),
      entry('s6', piped, { children: 50 }),
      entry('node-helper', piped, { children: 5 }),
    ],
    // It takes nobody's time, so one CPU is enough, and once.
    rounds: { pinned: 1, free: 0 },
    settings: { iterations: 0, warmup: 0 },
    ...(typeof where.groupV2 === 'string' ? {} : { skipped: where.groupV2.absent }),
  };
}

/** Each line is one write(2). */
export const logLoads = [
  { label: '4 KiB lines', lineSize: 4096, bytes: 500_000_000 },
  { label: '100-byte lines', lineSize: 100, bytes: 100_000_000 },
] as const;
export const carried = (label: string, how: 'splice' | 'copy' | 'stream pipe'): string =>
  `${label}, ${how}`;

export function logsCase(where: Surroundings): Case {
  const { logCarrier } = where;
  const keeper = `${rootFolder}build/Release/raw-exec-keeper`;
  const node = `${process.execPath}\n${workerFile('node-pipe')}`;
  const entries = logLoads.flatMap(({ label, lineSize, bytes }): Entry[] => {
    const by = (
      rival: RivalName,
      how: 'splice' | 'copy' | 'stream pipe',
      way: string,
      command = '',
    ): Entry => ({
      rival,
      load: carried(label, how),
      settings: { way, command, lineSize, bytes, carrier: String(logCarrier) },
    });
    return [
      by('floor', 'splice', 'splice-loop'),
      by('raw-exec-keeper', 'splice', 'pump-splice', keeper),
      by('floor', 'copy', 'copy-loop'),
      by('raw-exec-keeper', 'copy', 'pump-copy', keeper),
      by('node-helper', 'stream pipe', 'program', node),
    ];
  });
  return {
    name: 'logs',
    title: 'Carry lines from a pipe into a file',
    mode: 'figures',
    worker: 'logs',
    entries,
    rounds: { pinned: 2, free: 5 },
    settings: {},
    ...(typeof logCarrier === 'string' ? {} : { skipped: logCarrier.absent }),
  };
}

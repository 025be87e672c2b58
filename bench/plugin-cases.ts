// Pure: what is measured of the driver as a plugin of Nomad, asked over gRPC as Nomad's client asks it: by figures of one run each.

import { existsSync } from 'node:fs';
import type { Case, Entry } from './cases.ts';
import { rootFolder } from './paths.ts';

export const pluginLoads = {
  start: 'exec until its handshake line',
  startTask: 'StartTask until answered, the same in process by turns',
  waitTask: 'a task is killed until WaitTask answers',
  idle: 'running tasks, each with its WaitTask',
  stats: 'running tasks, each with its TaskStats of one second',
  throughput: 'StartTask of all tasks at once',
} as const;

/** What the driver without the plugin took, in the row of StartTask. */
export const inProcess = 'in process: ms p50';

const settingsOf: Readonly<Record<keyof typeof pluginLoads, Entry['settings']>> = {
  start: { repeats: 20 },
  startTask: { repeats: 200 },
  waitTask: { repeats: 200 },
  idle: { children: 1000, seconds: 30 },
  stats: { children: 1000, seconds: 20 },
  throughput: { children: 200 },
};

export function pluginCase(): Case {
  const command = `${rootFolder}dist/cli.js`;
  const names = Object.keys(pluginLoads) as (keyof typeof pluginLoads)[];
  return {
    name: 'plugin',
    title: 'The driver as a plugin of Nomad',
    mode: 'figures',
    // No worker of the case: the rival's command line has the library.
    entries: names.map((what) => ({
      rival: 'raw-exec-plugin',
      load: pluginLoads[what],
      settings: { what, command, ...settingsOf[what] },
    })),
    // As users run it: host, plugin, keeper and tasks have both CPUs.
    rounds: { pinned: 0, free: 3 },
    settings: {},
    ...(existsSync(command) ? {} : { skipped: `${command} is not built` }),
  };
}

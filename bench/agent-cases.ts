// Pure: what is measured of the agent, as a process with the tasks that it looks after: by figures of one run each.

import { existsSync } from 'node:fs';
import type { Case, Entry } from './cases.ts';
import { rootFolder } from './paths.ts';

export const agentLoads = {
  idle: 'running tasks, nothing happens',
  oneShot: 'one job of one-shot tasks, registered until all are complete',
  follow: 'a line is written until `logs -f` has printed it',
  restart: 'a crashed task (delay 0) ends until it runs again',
  recovery: 'killed with running tasks, until the next agent has them all',
  status: '`status`, beyond a bare Node',
} as const;

const settingsOf: Readonly<Record<keyof typeof agentLoads, Entry['settings']>> = {
  idle: { children: 1000, seconds: 20 },
  oneShot: { children: 500 },
  follow: { repeats: 300 },
  restart: { repeats: 200 },
  recovery: { children: 1000 },
  status: { repeats: 20 },
};

export function agentCase(): Case {
  const command = `${rootFolder}dist/cli.js`;
  const names = Object.keys(agentLoads) as (keyof typeof agentLoads)[];
  return {
    name: 'agent',
    title: 'The agent and the tasks that it looks after',
    mode: 'figures',
    worker: 'agent',
    entries: names.map((what) => ({
      rival: 'raw-exec-agent',
      load: agentLoads[what],
      settings: { what, command, ...settingsOf[what] },
    })),
    // As users run it: agent, keeper and tasks have both CPUs.
    rounds: { pinned: 0, free: 3 },
    settings: {},
    ...(existsSync(command) ? {} : { skipped: `${command} is not built` }),
  };
}

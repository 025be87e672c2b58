// Pure: which commands there are. Each is loaded only when it is asked for.

import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** One sub-command. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Whether its options may be written with one dash, as Nomad's command has them. */
  readonly takesNomadOptions?: true;
  readonly load: () => Promise<CommandUnknownOpts>;
}

export const commandEntries: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write a job file to begin with',
    load: async () => (await import('./init-command.ts')).makeInitCommand(),
  },
  {
    name: 'run',
    takesNomadOptions: true,
    summary: 'run a job file: by the agent, or here in the foreground',
    load: async () => (await import('./run-command.ts')).makeRunCommand(),
  },
  {
    name: 'status',
    takesNomadOptions: true,
    summary: 'show the jobs of the agent, one job, or one allocation',
    load: async () => (await import('./status-command.ts')).makeStatusCommand(),
  },
  {
    name: 'logs',
    takesNomadOptions: true,
    summary: 'show what a task of the agent has written',
    load: async () => (await import('./logs-command.ts')).makeLogsCommand(),
  },
  {
    name: 'exec',
    summary: 'run a command beside a task of the agent',
    load: async () => (await import('./exec-command.ts')).makeExecCommand(),
  },
  {
    name: 'events',
    summary: 'show what has happened to tasks of the agent',
    load: async () => (await import('./events-command.ts')).makeEventsCommand(),
  },
  {
    name: 'signal',
    summary: 'send a signal to tasks of the agent',
    load: async () => (await import('./signal-command.ts')).makeSignalCommand(),
  },
  {
    name: 'restart',
    summary: 'end tasks of the agent and start them again',
    load: async () => (await import('./restart-command.ts')).makeRestartCommand(),
  },
  {
    name: 'fs',
    summary: 'show what is in the directory of an allocation',
    load: async () => (await import('./fs-command.ts')).makeFsCommand(),
  },
  {
    name: 'stats',
    summary: 'show what the tasks of the agent use',
    load: async () => (await import('./stats-command.ts')).makeStatsCommand(),
  },
  {
    name: 'stop',
    takesNomadOptions: true,
    summary: 'end a job of the agent, or replace one allocation',
    load: async () => (await import('./stop-command.ts')).makeStopCommand(),
  },
  {
    name: 'gc',
    summary: 'remove what is left of jobs and allocations that have ended',
    load: async () => (await import('./gc-command.ts')).makeGcCommand(),
  },
  {
    name: 'agent',
    summary: 'look after jobs on this host until it is told to end',
    load: async () => (await import('./agent-command.ts')).makeAgentCommand(),
  },
  {
    name: 'validate',
    takesNomadOptions: true,
    summary: 'list every problem of a job file; start nothing',
    load: async () => (await import('./validate-command.ts')).makeValidateCommand(),
  },
  {
    name: 'spawn',
    summary: 'start one program under supervision and end as it ends',
    load: async () => (await import('./spawn-command.ts')).makeSpawnCommand(),
  },
  {
    name: 'keeper',
    summary: 'start the keeper of a state directory: tasks outlive supervisors with it',
    load: async () => (await import('./keeper-command.ts')).makeKeeperCommand(),
  },
  {
    name: 'plugin',
    summary: 'the same driver for a Nomad cluster: serve as its plugin, or install it',
    load: async () => (await import('./plugin-command.ts')).makePluginCommand(),
  },
  {
    name: 'doctor',
    summary: 'tell what this host gives to tasks, and what is missing',
    load: async () => (await import('./doctor-command.ts')).makeDoctorCommand(),
  },
  {
    name: 'schema',
    summary: "print a JSON Schema of the driver's configuration",
    load: async () => (await import('./schema-command.ts')).makeSchemaCommand(),
  },
];

// `raw-exec stop`: ends a job of the agent, or one allocation, which is replaced then.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { socketOption } from './agent-flags.ts';

const help = `
A job's tasks get their kill_signal and their kill_timeout; the command waits until they
have ended. --purge forgets the job then, with the directories of its allocations.

An allocation that is stopped is replaced by a new one, unless its job was stopped.

Examples:
  raw-exec stop web
  raw-exec stop --purge web
  raw-exec stop 5f0c1a2b
`;

export function makeStopCommand(): CommandUnknownOpts {
  return new Command('stop')
    .description('Ends a job of the agent, or replaces one allocation.')
    .argument('<name>', 'the id of a job, or the beginning of an allocation’s id')
    .option('--purge', 'forget the job, with the directories of its allocations')
    .option('--detach', 'do not wait for the end')
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (name, flags) => {
      const { stopByName } = await import('./stop-by-name.ts');
      await stopByName(name, flags);
    });
}

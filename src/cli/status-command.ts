// `raw-exec status`: the agent's jobs, one job, or one allocation.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { jsonOption, socketOption } from './agent-flags.ts';

const help = `
Without a name all jobs; with one that job and its allocations; with the beginning of an
allocation's id that allocation and what has happened to its tasks, the newest first.

Examples:
  raw-exec status
  raw-exec status web
  raw-exec status 5f0c1a2b
`;

export function makeStatusCommand(): CommandUnknownOpts {
  return new Command('status')
    .description('Shows the jobs of the agent, one job, or one allocation.')
    .argument('[name]', 'the id of a job, or the beginning of an allocation’s id')
    .addOption(jsonOption())
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (name, flags) => {
      const { showStatus } = await import('./show-status.ts');
      await showStatus(name, flags);
    });
}

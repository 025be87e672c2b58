// `raw-exec restart`: ends tasks of the agent and starts them again in their allocations.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { socketOption } from './agent-flags.ts';

const help = `
A job stands for all of its allocations that run; without a task all tasks that run are
started again. Each gets its kill_signal and its kill_timeout first. Its restart policy does
not count that. The command does not wait for the new processes: see raw-exec events.

Examples:
  raw-exec restart web
  raw-exec restart 5f0c1a2b server
`;

export function makeRestartCommand(): CommandUnknownOpts {
  return new Command('restart')
    .description('Ends tasks of the agent and starts them again.')
    .argument('<name>', 'the id of a job, or the beginning of an allocation’s id')
    .argument('[task]', 'only this task')
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (name, task, flags) => {
      const { restartTasks } = await import('./ask-allocations.ts');
      await restartTasks(name, task, flags);
    });
}

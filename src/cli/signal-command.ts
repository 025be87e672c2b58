// `raw-exec signal`: sends a signal to tasks of the agent.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { socketOption } from './agent-flags.ts';

const help = `
A job stands for all of its allocations that run; without a task all tasks that run get it.
The main process of each gets the signal, not what it has started.

Examples:
  raw-exec signal web
  raw-exec signal -s SIGUSR1 5f0c1a2b server
`;

export function makeSignalCommand(): CommandUnknownOpts {
  return new Command('signal')
    .description('Sends a signal to tasks of the agent.')
    .argument('<name>', 'the id of a job, or the beginning of an allocation’s id')
    .argument('[task]', 'only this task')
    .option('-s, --signal <signal>', 'which one, such as SIGHUP or SIGRTMIN+1', 'SIGHUP')
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (name, task, flags) => {
      const { signalTasks } = await import('./ask-allocations.ts');
      await signalTasks(name, task, flags);
    });
}

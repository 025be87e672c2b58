// `raw-exec logs`: what a task of the agent has written.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { socketOption } from './agent-flags.ts';
import { parseInteger } from './flag-values.ts';

const help = `
A job stands for its newest allocation, one that runs before others. The task must be named
only where there are several.

-f goes on until the task has ended for good and everything is shown.

Examples:
  raw-exec logs web
  raw-exec logs -f -n 20 web server
  raw-exec logs --stderr --tail 5f0c1a2b
`;

export function makeLogsCommand(): CommandUnknownOpts {
  return new Command('logs')
    .description('Shows what a task of the agent has written.')
    .argument('<name>', 'the id of a job, or the beginning of an allocation’s id')
    .argument('[task]', 'the task')
    .option('-f, --follow', 'show more as it is written')
    .option('-n, --lines <count>', 'only so many of the last lines', parseInteger)
    .option('--tail', 'only the last 10 lines, or as many as -n says')
    .option('--stderr', 'standard error instead of standard output')
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (name, task, flags) => {
      const { showLogs } = await import('./show-logs.ts');
      await showLogs(name, task, flags);
    });
}

// `raw-exec stats`: what the tasks of the agent use.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { jsonOption, socketOption } from './agent-flags.ts';
import { parseDelay } from './flag-values.ts';

const help = `
Without a name all tasks that run; with one those of that job, or of the allocation whose id
begins so. CPU is in percent of one CPU: 200 is two of them all the time. Memory is that of the
programs, without files.

-f goes on until none of them runs any more; without a name, until Ctrl-C.

Examples:
  raw-exec stats
  raw-exec stats web
  raw-exec stats -f --interval 5s 5f0c1a2b
`;

export function makeStatsCommand(): CommandUnknownOpts {
  return new Command('stats')
    .description('Shows what the tasks of the agent use.')
    .argument('[name]', 'the id of a job, or the beginning of an allocation’s id')
    .option('-f, --follow', 'again and again')
    .option('--interval <duration>', 'between two of them (default: 1s)', parseDelay)
    .addOption(jsonOption())
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (name, flags) => {
      const { showStats } = await import('./show-stats.ts');
      await showStats(name, flags);
    });
}

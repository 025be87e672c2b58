// `raw-exec gc`: removes what is left of jobs and allocations that have ended, before their time.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { jsonOption, socketOption } from './agent-flags.ts';

const help = `
The agent does it by itself, by age, number and the use of the disk: see docs/agent.md. Without
a name everything that has ended goes: jobs that are stopped or done, allocations that nobody
needs to know of any more, and the directories of the others, with their logs. What runs, and
jobs that wait for their next attempt, stay. With a name only the directory of that allocation.

Examples:
  raw-exec gc
  raw-exec gc 5f0c1a2b
`;

export function makeGcCommand(): CommandUnknownOpts {
  return new Command('gc')
    .description('Removes what is left of jobs and allocations that have ended.')
    .argument('[allocation]', 'the beginning of an allocation’s id')
    .addOption(jsonOption())
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (allocation, flags) => {
      const { collectGarbage } = await import('./collect-garbage.ts');
      await collectGarbage(allocation, flags);
    });
}

// `raw-exec events`: what has happened to tasks of the agent.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { socketOption } from './agent-flags.ts';

const help = `
Without a name of all tasks; the oldest first. The agent keeps the last ten of each task.

-f goes on with what happens from now on. With --json that is the API's event stream, where
jobs and evaluations are told of, too: one JSON object a line.

Examples:
  raw-exec events web
  raw-exec events -f
  raw-exec events -f --json 5f0c1a2b
`;

export function makeEventsCommand(): CommandUnknownOpts {
  return new Command('events')
    .description('Shows what has happened to tasks of the agent.')
    .argument('[name]', 'the id of a job, or the beginning of an allocation’s id')
    .option('-f, --follow', 'show more as it happens')
    .option('--json', 'one JSON object a line')
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (name, flags) => {
      const { showEvents } = await import('./show-events.ts');
      await showEvents(name, flags);
    });
}

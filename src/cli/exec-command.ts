// `raw-exec exec`: runs a command beside a task of the agent.

import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { socketOption } from './agent-flags.ts';
import { parseEscape } from './escape-keys.ts';

const help = `
The command runs as the task does: its user, environment, directory, groups and limits.
What it leaves running is ended with it, and so is the command when this one ends.

A job stands for its newest allocation, one that runs before others. Without -i its input
is empty. -t gives it a terminal of its own: -it for shells, and whatever a person types
into. On a terminal the line ~. ends the session, whatever the command does; ~~ types ~.

Exit codes: those of the command (128 + N when signal N ended it); 125 for failures of
raw-exec or the agent, 126 when the command cannot be run, 127 when it is not there.

Examples:
  raw-exec exec web ps -ef
  raw-exec exec -it web sh
  raw-exec exec -i --task db 5f0c1a2b psql < dump.sql
`;

export function makeExecCommand(): CommandUnknownOpts {
  return makeCommand().action(async (name, command, args, flags) => {
    const { execInTask } = await import('./exec-in-task.ts');
    await execInTask(name, [command, ...args], flags);
  });
}

/** What the flags parse to. */
export type ExecFlags = ReturnType<ReturnType<typeof makeCommand>['opts']>;

function makeCommand() {
  return (
    new Command('exec')
      .description('Runs a command beside a task of the agent.')
      .argument('<name>', 'the id of a job, or the beginning of an allocation’s id')
      .argument('<command>', 'what to run')
      .argument('[args...]', 'what to tell it')
      // Options behind the command are the command's.
      .passThroughOptions()
      .option('-i, --interactive', 'pass standard input on to it')
      .option('-t, --tty', 'give it a terminal')
      .option('--task <task>', 'beside which task, where there are several')
      .addOption(
        new Option('--escape-char <char>', 'in place of ~; none for no such character')
          .argParser(parseEscape)
          .default('~' as string | undefined, '~'),
      )
      .addOption(socketOption())
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', help)
  );
}

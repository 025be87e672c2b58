// `raw-exec run`: all tasks of a job file, here and now, in the foreground.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { socketOption } from './agent-flags.ts';
import { fileArgument, formatOption, varFileOption, varOption } from './job-flags.ts';

const help = `
An agent that answers gets the job: the command follows it until its tasks run, and they go
on then (see raw-exec status, logs, stop). Without an agent, or with --here, everything
runs in the foreground:

Each line that a task writes is printed with the task's name before it, and written to
alloc/logs/TASK.stdout.0 and TASK.stderr.0 in the allocation directory. Tasks' standard
output goes to standard output, everything else to standard error.

Ctrl-C (or SIGTERM, SIGHUP) asks all tasks to end, by their kill_signal and kill_timeout.
A second one ends them at once.

With --restart a task that has ended is started again as its restart policy says, which a
job that names none has too; a task of a service also after it has ended with 0.

The allocation directory is a new one in $TMPDIR or /tmp. It is removed at the end, unless
a task has failed or --keep is given.

The exit code is 0 when every task ended with 0, 1 when one did not or the job file has
errors, 2 when the command line is wrong. After Ctrl-C raw-exec ends by that signal.

Examples:
  raw-exec run web.nomad.hcl
  raw-exec run --var version=1.2 --keep build.nomad.hcl
  raw-exec run --restart web.nomad.hcl
  raw-exec run - < job.json
`;

export function makeRunCommand(): CommandUnknownOpts {
  return new Command('run')
    .description(
      'Runs the tasks of a job file on this host. The tasks are not isolated: they run as you do, ' +
        'or as the user that the file names.',
    )
    .addArgument(fileArgument())
    .addOption(varOption())
    .addOption(varFileOption())
    .addOption(formatOption())
    .option('--alloc-dir <dir>', 'make the allocation directories in this directory')
    .option('--keep', 'keep the allocation directories')
    .option('--here', 'in the foreground, also where an agent answers')
    .option('--detach', 'hand it to the agent and do not wait')
    .addOption(socketOption())
    .option('--restart', 'start tasks again by their restart policies')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (file, flags) => {
      const { runJobFile } = await import('./run-job-file.ts');
      await runJobFile(file, flags);
    });
}

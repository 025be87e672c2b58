// `raw-exec spawn`: every option of spawn() as a flag; ends as its program ends.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import {
  collect,
  collectPairs,
  parseCpus,
  parseDelay,
  parseInteger,
  parseOctal,
  parseProcessGroup,
} from './flag-values.ts';
import { collectLimits } from './limit-flag.ts';
import { spawnHelp } from './spawn-help.ts';
import { collectDescriptors, parseTarget } from './stdio-flag.ts';
import { collectStopSteps, parseSignal } from './stop-flag.ts';

// The flags are one chain, so that the compiler knows the type of what they parse to.
function makeCommand() {
  return new Command('spawn')
    .description(
      'Starts one program under supervision: it gets exactly what the options say, signals sent to raw-exec reach it, ' +
        'and raw-exec ends as the program ends: with its exit code, or by the same signal.',
    )
    .argument('<command>', 'a path, or a name that is looked up in PATH')
    .argument('[args...]', 'its arguments, passed as they are: no shell reads them')
    .passThroughOptions()
    .optionsGroup('What it sees:')
    .option('-C, --cwd <dir>', 'working directory')
    .option('-e, --env <NAME=value>', 'set a variable; NAME alone removes it (repeatable)', collect)
    .option('--clear-env', 'start from an empty environment')
    .option('--argv0 <name>', 'what the program sees as its own name')
    .option('--umask <octal>', 'umask, such as 027', parseOctal)
    .optionsGroup('Standard streams (TARGET is explained below):')
    .option('--stdin <target>', 'standard input', parseTarget)
    .option('--stdout <target>', 'standard output', parseTarget)
    .option('--stderr <target>', 'standard error', parseTarget)
    .option('--fd <N=target>', 'a further descriptor, 3 to 63 (repeatable)', collectDescriptors)
    .option('--file-mode <octal>', 'mode of files that are made (default: 0666)', parseOctal)
    .optionsGroup('Who it is:')
    .option('-u, --user <user>', 'user by name or id, with its groups')
    .option('-g, --group <group>', "primary group (default: the user's)")
    .option('--groups <list>', 'other groups, exactly these, separated by commas')
    .option('--no-new-privs', 'nothing that it starts gains rights by set-user-ID bits')
    .optionsGroup('Where it is:')
    .option(
      '--process-group <group>',
      'inherit, new, or an id (default: inherit)',
      parseProcessGroup,
    )
    .option('--new-session', 'lead a new session without a terminal')
    .option('--controlling-terminal', "with --new-session: its input's terminal is the session's")
    .option('--cgroup <dir>', 'an existing cgroup v2 group to be in')
    .option(
      '--cgroup-v1 <controller=dir>',
      'an existing cgroup v1 group (repeatable)',
      collectPairs('CONTROLLER=DIR'),
    )
    .option('--network-namespace <file>', 'a network namespace, such as /run/netns/blue')
    .optionsGroup('What it may use:')
    .option(
      '--limit <name=value>',
      'resource limit: nofile=1024, core=0:unlimited (repeatable)',
      collectLimits,
    )
    .option('--nice <n>', '-20 (most CPU time) to 19 (least)', parseInteger)
    .option('--cpus <list>', 'CPUs to run on, such as 0-3,6', parseCpus)
    .option('--oom-score-adj <n>', '-1000 (never killed) to 1000 (killed first)', parseInteger)
    .optionsGroup('How it ends:')
    .option('--timeout <duration>', 'stop it after so long; the exit code is then 124', parseDelay)
    .option(
      '--stop <step>',
      'how to stop it: SIGNAL[@group][:GRACE] (repeatable)',
      collectStopSteps,
    )
    .option('--kill-signal <signal>', 'first signal of a stop without --stop', parseSignal)
    .option('--parent-death-signal <signal>', 'sent to it when raw-exec dies', parseSignal)
    .option('--exec-deadline <duration>', 'give up when the program has not begun', parseDelay)
    .optionsGroup('Other:')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', spawnHelp);
}

/** What the flags parse to. */
export type SpawnFlags = ReturnType<ReturnType<typeof makeCommand>['opts']>;

export function makeSpawnCommand(): CommandUnknownOpts {
  return makeCommand().action(async (command, args, flags) => {
    const { spawnAndMirror } = await import('./spawn-and-mirror.ts');
    await spawnAndMirror(command, args, flags);
  });
}

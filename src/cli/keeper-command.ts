// `raw-exec keeper`: starts the keeper of a state directory as the user's own act, and says who serves where.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';

const help = `
Supervisors start a keeper by themselves when none serves their state directory. By hand it
is of use where it should belong to nobody else: to a login, or to a unit of systemd (see
contrib/systemd in the package). Its tasks go on when it ends, and the next keeper has them.

Exit codes: that of the keeper, which is
  0   it serves (without --foreground), or was ended by SIGTERM or SIGINT
  1   it could not start
  2   the command line is wrong
  3   the state directory is not safe to use
  75  another keeper serves this directory

Examples:
  raw-exec keeper --state /run/my-agent/keeper
  raw-exec keeper --state ./state --foreground
`;

interface KeeperFlags {
  readonly state: string;
  readonly foreground?: true;
}

export function makeKeeperCommand(): CommandUnknownOpts {
  return new Command('keeper')
    .description(
      'Starts the keeper of a state directory: the process that holds tasks which outlive their supervisor.',
    )
    .requiredOption('--state <dir>', 'its state directory, on a local file system')
    .option('--foreground', 'stay until it ends, and end as it does')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async ({ state, foreground }: KeeperFlags) => {
      const { runKeeper } = await import('./run-keeper.ts');
      await runKeeper(state, foreground === true);
    });
}

// `raw-exec fs`: what is in the directory of an allocation.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { jsonOption, socketOption } from './agent-flags.ts';
import { parseInteger } from './flag-values.ts';

const help = `
A job stands for its newest allocation, one that runs before others. Without a path the
allocation directory itself. A directory is listed, a file is shown as it is.

What a task keeps in secrets/ and private/ is for that task alone, and links that lead out
of the directory are not followed.

Examples:
  raw-exec fs web
  raw-exec fs 5f0c1a2b alloc/logs
  raw-exec fs -f -n 20 web server/local/access.log
  raw-exec fs --stat web server/local/access.log
`;

export function makeFsCommand(): CommandUnknownOpts {
  return new Command('fs')
    .description('Shows what is in the directory of an allocation.')
    .argument('<name>', 'the id of a job, or the beginning of an allocation’s id')
    .argument('[path]', 'a file or a directory, from the allocation directory on', '/')
    .option('-f, --follow', 'show more of a file as it is written')
    .option('-n, --tail <count>', 'only so many of the last lines of a file', parseInteger)
    .option('--stat', 'tell what it is: size, mode, time')
    .addOption(jsonOption())
    .addOption(socketOption())
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (name, path, flags) => {
      const { showFiles } = await import('./show-files.ts');
      await showFiles(name, path, flags);
    });
}

// `raw-exec plugin`: the driver as a plugin of Nomad, which Nomad's client starts; and how it gets there.

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from '@commander-js/extra-typings';

const help = `
A Nomad client starts this itself, from its plugin directory; nobody else has a use for it.
Under the name raw_exec it takes the place of the driver that is built into Nomad: job files
run unchanged. Under another name it runs beside it.

  raw-exec plugin install --plugin-dir /opt/nomad/plugins
  raw-exec plugin install --print-config --plugin-dir /opt/nomad/plugins

The driver is off until the client's configuration enables it. See docs/nomad-plugin.md.

Exit codes: 0 ended as its host asked, 1 started by hand or could not serve, 2 the command
line is wrong.
`;

const installHelp = `
Writes DIR/NAME, a launcher that names node and this package by their absolute paths, and
prints the block for the configuration of the client. Nothing else is changed; restart the
client, after a drain, to have it used.

Example:
  raw-exec plugin install --plugin-dir /opt/nomad/plugins
`;

const defaultName = 'raw_exec';

/** It becomes a file's name, and the label of a block. */
function parseName(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a letter, then letters, digits, _ and -.');
}

export function makePluginCommand(): CommandUnknownOpts {
  const command = new Command('plugin')
    .description('Serves as a driver plugin of Nomad.')
    .option('--name <name>', 'as which driver', parseName, defaultName)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async ({ name }) => {
      const { runPlugin } = await import('./run-plugin.ts');
      await runPlugin(name);
    });
  command
    .command('install')
    .description('Puts a launcher of the plugin where a Nomad client finds it.')
    .requiredOption('--plugin-dir <dir>', "the client's plugin_dir")
    .option('--name <name>', 'as which driver', parseName, defaultName)
    .option('--print-config', 'print the configuration alone; write nothing')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', installHelp)
    .action(async ({ pluginDir, name, printConfig }) => {
      const { installPlugin } = await import('./install-plugin.ts');
      await installPlugin(pluginDir, name, printConfig === true);
    });
  return command;
}

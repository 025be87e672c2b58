// `raw-exec schema`: the JSON Schemas of what the driver can be configured with, for editors and other programs.

import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import pluginConfig from '../../schemas/plugin-config.schema.json' with { type: 'json' };
import taskConfig from '../../schemas/task-config.schema.json' with { type: 'json' };
import { printOut } from './print.ts';

const schemas = { 'task-config': taskConfig, 'plugin-config': pluginConfig } as const;
type SchemaName = keyof typeof schemas;
const names = Object.keys(schemas) as SchemaName[];

const help = `
  task-config    the config block of a task
  plugin-config  the config block of plugin "raw_exec"

They are JSON Schema 2020-12, and lie in the package too: raw-exec/schemas/*.json.

Examples:
  raw-exec schema
  raw-exec schema plugin-config > plugin-config.schema.json
`;

export function makeSchemaCommand(): CommandUnknownOpts {
  return new Command('schema')
    .description('Prints a JSON Schema of what the driver can be configured with.')
    .addArgument(new Argument('[name]', 'which one').choices(names).default('task-config'))
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action((name: SchemaName) => printOut(`${JSON.stringify(schemas[name], undefined, 2)}\n`));
}

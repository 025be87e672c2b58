// Owner of one `raw-exec plugin install`: the launcher, and what its user has to do next.

import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../message-of.ts';
import { agentBlock, installLauncher } from '../nomad-plugin/install-plugin.ts';
import { failureExitCode } from './exit-codes.ts';
import { printOut } from './print.ts';
import { UserError } from './user-error.ts';

export async function installPlugin(
  pluginDir: string,
  name: string,
  isPrintOnly: boolean,
): Promise<void> {
  const directory = resolve(pluginDir);
  if (isPrintOnly) {
    printOut(agentBlock(name, directory));
    return;
  }
  const script = realpathSync(process.argv[1] ?? '');
  const launcher = { node: process.execPath, script, name };
  let path: string;
  try {
    path = await installLauncher(directory, launcher);
  } catch (error) {
    throw new UserError(
      `cannot write the launcher into ${directory}: ${messageOf(error)}`,
      failureExitCode,
      error,
    );
  }
  printOut(`${path} starts this package as the driver ${name}.

Put this into the configuration of the Nomad client, and restart the client after a drain:

${agentBlock(name, directory)}`);
}

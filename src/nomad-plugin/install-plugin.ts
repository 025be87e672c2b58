// Owner of the launcher: the file that Nomad's client finds in its plugin directory and starts.

import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../make-directory.ts';

export interface Launcher {
  /** Absolute, of Node's own executable. */
  readonly node: string;
  /** Absolute, of this package's command line. */
  readonly script: string;
  readonly name: string;
}

const executableMode = 0o755;

/**
 * Everything by absolute path: an agent may have no PATH and no HOME. Not a line of `#!` with the script alone: that would look node up in
 * the PATH.
 */
export function launcherText({ node, script, name }: Launcher): string {
  const command = [node, script, 'plugin', '--name', name].map(quoted).join(' ');
  return `#!/bin/sh\n# Written by "raw-exec plugin install": starts the driver ${name} for a Nomad client.\nexec ${command}\n`;
}

/** Replaces an older one at once: an agent that starts meanwhile sees a whole file. @returns where it is */
export async function installLauncher(directory: string, launcher: Launcher): Promise<string> {
  await makeDirectory(directory);
  const path = join(directory, launcher.name);
  // A file that is not executable yet is no plugin to a client that looks.
  const draft = join(directory, `.${launcher.name}.${process.pid}`);
  await writeFile(draft, launcherText(launcher), { mode: 0o600 });
  await chmod(draft, executableMode);
  await rename(draft, path);
  return path;
}

/** For the configuration of the client. */
export function agentBlock(name: string, directory: string): string {
  return `plugin_dir = ${JSON.stringify(directory)}

plugin ${JSON.stringify(name)} {
  config {
    enabled = true
  }
}
`;
}

/** For sh(1). */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

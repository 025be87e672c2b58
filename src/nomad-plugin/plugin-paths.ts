// Pure: where the keeper of a plugin has its state unless the configuration says otherwise.

import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Gone with a reboot, as its tasks are. An agent starts its plugins with any environment: without one of the variables that name a place
 * for a user there is the directory for temporary files.
 */
export function defaultStateDirectory(name: string, env: Environment, uid: number): string {
  if (uid === 0) return join('/run/raw-exec/plugin', name);
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime?.startsWith('/') === true) return join(runtime, 'raw-exec/plugin', name);
  return join('/tmp', `raw-exec-${uid}`, 'plugin', name);
}

// Pure: where an agent has its state and its socket unless it is told otherwise.

import { join } from 'node:path';

export interface AgentPaths {
  readonly stateDirectory: string;
  readonly socket: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Of root where services have them (file-hierarchy(7)), of others by the XDG base directories. */
export function defaultAgentPaths(env: Environment, isRoot: boolean): AgentPaths {
  const home = env['HOME'] ?? '/';
  const state = isRoot
    ? '/var/lib/raw-exec'
    : join(given(env['XDG_STATE_HOME']) ?? join(home, '.local/state'), 'raw-exec');
  const runtime = isRoot ? '/run' : given(env['XDG_RUNTIME_DIR']);
  const stateDirectory = given(env['RAW_EXEC_STATE_DIR']) ?? state;
  const socket = join(
    runtime === undefined ? stateDirectory : join(runtime, 'raw-exec'),
    'agent.sock',
  );
  return { stateDirectory, socket: given(env['RAW_EXEC_SOCKET']) ?? socket };
}

function given(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

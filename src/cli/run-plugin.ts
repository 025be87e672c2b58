// Owner of the plugin's process: its handshake, its log, and that nothing but its host ends it.

import { constants, openSync, writeSync } from 'node:fs';
import { messageOf } from '../message-of.ts';
import { readHandshake } from '../nomad-plugin/handshake.ts';
import { PluginLog } from '../nomad-plugin/plugin-log.ts';
import { defaultStateDirectory } from '../nomad-plugin/plugin-paths.ts';
import { hasErrorCode } from '../system-code.ts';
import { failureExitCode } from './exit-codes.ts';
import { UserError } from './user-error.ts';

/** Resolves never: the process ends when its host has asked for that. */
export async function runPlugin(name: string): Promise<void> {
  const handshake = readHandshake(process.env);
  if (!handshake.ok) throw new UserError(handshake.problem, failureExitCode);
  outliveHost();
  const errors = openUnblocked(2);
  const log = new PluginLog(name, (line) => writeQuietly(errors, line));
  // Something that nobody has waited for has failed: tasks and calls that are under way are not to go down with it.
  process.on('uncaughtException', (error) =>
    log.error(`not expected: ${error.stack ?? messageOf(error)}`),
  );
  // Instead of Node's own line, which has another form.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.warn(warning.message));
  const uid = process.geteuid?.() ?? 0;
  const { servePlugin } = await import('../nomad-plugin/serve-plugin.ts');
  await servePlugin({
    name,
    stateDirectory: defaultStateDirectory(name, process.env, uid),
    log,
    wishes: handshake.wishes,
    write: (line) => writeQuietly(1, line),
  });
  // What waits for later starts of tasks would hold the process.
  process.exit(0);
}

/**
 * An agent that was killed leaves its plugins behind, and the next one goes on with them: their standard streams are broken then. Ctrl-C
 * at the agent's terminal reaches its plugins, too.
 */
function outliveHost(): void {
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE'] as const)
    process.on(signal, () => undefined);
}

/**
 * The same pipe once more, by a description of its own: a host that is stopped and does not read must not hold up its plugin, and whoever
 * else writes there expects it to wait.
 */
function openUnblocked(descriptor: number): number {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    // A socket, or what only its opener may open.
    if (error instanceof Error && 'code' in error) return descriptor;
    throw error;
  }
}

/** Whole lines, in order. Nobody may be there to read them. */
function writeQuietly(descriptor: number, line: string): void {
  let bytes = Buffer.from(line);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      // A pipe that is full, and one whose reader has gone: what there is to say is lost, and nobody is held up by it.
      if (hasErrorCode(error, ['EPIPE', 'EAGAIN', 'EBADF', 'EIO'])) return;
      throw error;
    }
  }
}

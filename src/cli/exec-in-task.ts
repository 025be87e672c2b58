// Owner of one command beside a task, with this process's standard streams for its own.

import { AgentClient } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import { endWithOutput } from './closed-output.ts';
import { EscapeKeys } from './escape-keys.ts';
import type { ExecFlags } from './exec-command.ts';
import { ExecConnection } from './exec-connection.ts';
import { spawnExitCode } from './exit-codes.ts';
import { allocationOf, taskOf } from './find-allocation.ts';
import { LocalTerminal } from './local-terminal.ts';
import { OutputWriter } from './output-writer.ts';
import { printError } from './print.ts';
import { openStandardInput } from './standard-input.ts';
import { tellError } from './tell-error.ts';
import { UserError } from './user-error.ts';

/** Ends this process as the command ended. */
export async function execInTask(
  name: string,
  command: readonly string[],
  flags: ExecFlags & AgentFlags,
): Promise<void> {
  const isTerminal = flags.tty === true;
  const client = new AgentClient(flags.socket);
  let terminal: LocalTerminal | undefined;
  try {
    const allocation = await allocationOf(client, name);
    const query = new URLSearchParams({
      task: taskOf(allocation, flags.task),
      tty: String(isTerminal),
      command: JSON.stringify(command),
    });
    const path = `/v1/client/allocation/${allocation.ID}/exec?${query.toString()}`;
    const onClosed = endWithOutput('exec', spawnExitCode.failure);
    const writers = {
      stdout: new OutputWriter(1, onClosed),
      stderr: new OutputWriter(2, onClosed),
    };
    const connection = await ExecConnection.open(client.socket, path, writers);
    if (isTerminal && flags.interactive === true)
      terminal = LocalTerminal.take((size) => connection.resize(size));
    const escapeChar = terminal === undefined ? undefined : flags.escapeChar;
    if (flags.interactive === true) void passInput(connection, escapeChar, terminal);
    else await connection.endInput();
    const code = await connection.exited;
    terminal?.restore();
    // Standard input may be waited for still, and nobody is interested any more.
    process.exit(code);
  } catch (error) {
    terminal?.restore();
    process.exit(exitCodeOf(error));
  }
}

/** Ends this process when the person at the terminal leaves. */
async function passInput(
  connection: ExecConnection,
  escapeChar: string | undefined,
  terminal: LocalTerminal | undefined,
): Promise<void> {
  const keys = escapeChar === undefined ? undefined : new EscapeKeys(escapeChar);
  try {
    for await (const chunk of openStandardInput() as AsyncIterable<Buffer>) {
      const { data, isLeaving } = keys?.take(chunk) ?? { data: chunk, isLeaving: false };
      if (data.length > 0) await connection.type(data);
      if (!isLeaving) continue;
      terminal?.restore();
      connection.close();
      printError('\nraw-exec exec: left\n');
      process.exit(spawnExitCode.failure);
    }
  } catch (error) {
    // A directory, for example: the command sees the end of its input.
    tellError(error, 'exec');
  }
  await connection.endInput();
}

/** Usage and failures of our own must not look like those of the command. */
function exitCodeOf(error: unknown): number {
  const code = tellError(error, 'exec');
  const isOurs = error instanceof UserError && code > spawnExitCode.timeout;
  return isOurs ? code : spawnExitCode.failure;
}

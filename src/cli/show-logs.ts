// Owner of nothing: passes a log on from the agent to standard output.

import { AgentClient } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import { endWithOutput } from './closed-output.ts';
import { usageExitCode } from './exit-codes.ts';
import { allocationOf, taskOf } from './find-allocation.ts';
import { OutputWriter } from './output-writer.ts';
import { UserError } from './user-error.ts';

interface LogsFlags extends AgentFlags {
  readonly follow?: true;
  readonly lines?: number;
  readonly stderr?: true;
  readonly tail?: true;
}

/** As tail(1) shows, and Nomad's command. */
const tailLines = 10;

export async function showLogs(
  name: string,
  task: string | undefined,
  flags: LogsFlags,
): Promise<void> {
  if (flags.lines !== undefined && flags.lines < 1)
    throw new UserError('--lines must be 1 or more', usageExitCode);
  const client = new AgentClient(flags.socket);
  const allocation = await allocationOf(client, name);
  // The agent's connection would hold this process as long as the log is followed.
  const output = new OutputWriter(1, endWithOutput('logs'));
  const bytes = await client.stream(`/v1/client/fs/logs/${allocation.ID}`, {
    task: taskOf(allocation, task),
    type: flags.stderr === true ? 'stderr' : 'stdout',
    plain: true,
    follow: flags.follow === true,
    lines: flags.lines ?? (flags.tail === true ? tailLines : undefined),
  });
  for await (const chunk of bytes) await output.write(Buffer.from(chunk));
  await output.flush();
}

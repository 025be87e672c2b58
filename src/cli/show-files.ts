// Owner of nothing: asks the agent for files of an allocation, and prints.

import { AgentClient } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import { endWithOutput } from './closed-output.ts';
import { failureExitCode, usageExitCode } from './exit-codes.ts';
import { type FileInfo, filesText, fileText } from './files-text.ts';
import { allocationOf } from './find-allocation.ts';
import { OutputWriter } from './output-writer.ts';
import { printOut } from './print.ts';
import { UserError } from './user-error.ts';

interface FsFlags extends AgentFlags {
  readonly follow?: true;
  readonly tail?: number;
  readonly stat?: true;
  readonly json?: true;
}

export async function showFiles(name: string, path: string, flags: FsFlags): Promise<void> {
  if (flags.tail !== undefined && flags.tail < 1)
    throw new UserError('--tail must be 1 or more', usageExitCode);
  const isShown = flags.follow !== undefined || flags.tail !== undefined;
  if (isShown && (flags.stat ?? flags.json) !== undefined)
    throw new UserError('--stat and --json show no lines of a file', usageExitCode);
  const client = new AgentClient(flags.socket);
  const { ID: id } = await allocationOf(client, name);
  const info = await client.get<FileInfo>(`/v1/client/fs/stat/${id}`, { path });
  const show = (answer: unknown, text: () => string): void =>
    printOut(flags.json === true ? `${JSON.stringify(answer, null, 2)}\n` : text());
  if (flags.stat === true || (flags.json === true && !info.IsDir))
    return show(info, () => fileText(info));
  if (!info.IsDir) return copyFile(client, id, path, flags);
  if (isShown) throw new UserError(`${path} is a directory, which has no lines`, failureExitCode);
  const list = await client.get<FileInfo[]>(`/v1/client/fs/ls/${id}`, { path });
  return show(list, () => filesText(list));
}

async function copyFile(
  client: AgentClient,
  id: string,
  path: string,
  { follow, tail }: FsFlags,
): Promise<void> {
  // The agent's connection would hold this process as long as the file is followed.
  const output = new OutputWriter(1, endWithOutput('fs'));
  const query = { path, plain: true, follow: follow === true, lines: tail };
  const bytes = await client.stream(`/v1/client/fs/stream/${id}`, query);
  for await (const chunk of bytes) await output.write(Buffer.from(chunk));
  await output.flush();
}

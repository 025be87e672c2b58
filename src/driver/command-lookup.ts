// Owner of nothing; reads the file system: from a task's `command` to the file that is started.

import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { SpawnError } from '../errors.ts';

/** Where commands are looked for. */
export interface LookupPlaces {
  /** The task's directory; absent means that only the host is searched. */
  readonly taskDir?: string;
  /** A PATH value: the supervisor's, not the task's. */
  readonly path: string;
}

/**
 * The absolute path of a command: `<task>/local/<command>`, `<task>/<command>`, the command as a path, then PATH.
 *
 * A bare name is not looked for in the supervisor's current directory, and PATH elements that are empty or relative are
 * passed over: what is started must not depend on where the supervisor was.
 *
 * Rejects with `ERR_COMMAND_NOT_FOUND`, or `ERR_COMMAND_IS_DIRECTORY` when only directories were found.
 */
export async function lookUpCommand(command: string, places: LookupPlaces): Promise<string> {
  const candidates = candidatesFor(command, places);
  let directory: string | undefined;
  for (const { path, mustBeExecutable } of candidates) {
    const found = await statIfPresent(path);
    if (found === undefined) {
      continue;
    }
    if (found.isDirectory()) {
      directory ??= mustBeExecutable ? undefined : path;
    } else if (!mustBeExecutable || (found.mode & 0o111) !== 0) {
      return path;
    }
  }
  if (directory !== undefined) {
    throw new SpawnError(
      'ERR_COMMAND_IS_DIRECTORY',
      `cannot start ${directory}: it is a directory. Name a program in it`,
      { path: directory },
    );
  }
  const searched = candidates.map(({ path }) => path).join(', ');
  throw new SpawnError(
    'ERR_COMMAND_NOT_FOUND',
    `cannot find the command ${JSON.stringify(command)}: none of these is there: ${searched}`,
    { path: command },
  );
}

interface Candidate {
  readonly path: string;
  /** In PATH a file that nobody may execute is no command. */
  readonly mustBeExecutable: boolean;
}

function candidatesFor(command: string, { taskDir, path }: LookupPlaces): readonly Candidate[] {
  const inTask =
    taskDir === undefined ? [] : [join(taskDir, 'local', command), join(taskDir, command)];
  const isBareName = !command.includes('/');
  const onHost = isBareName
    ? path
        .split(':')
        .filter((element) => isAbsolute(element))
        .map((element) => ({ path: join(element, command), mustBeExecutable: true }))
    : [{ path: resolve(command), mustBeExecutable: false }];
  return [...inTask.map((file) => ({ path: file, mustBeExecutable: false })), ...onHost];
}

const absentCodes = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG', 'ELOOP']);

/** Undefined for whatever cannot be reached: another place may have it. */
async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && absentCodes.has(String(error.code))) {
      return undefined;
    }
    throw error;
  }
}

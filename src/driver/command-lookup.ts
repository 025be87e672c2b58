// Owner of nothing; reads the file system: from a task's `command` to the file that is started.

import { constants } from 'node:fs';
import { constants as system } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { SpawnError } from '../errors.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';

/** Where commands are looked for. */
export interface LookupPlaces {
  /** The task's directory; absent means that only the host is searched. */
  readonly taskDir?: string;
  /** A PATH value: the supervisor's, not the task's. */
  readonly path: string;
}

/** A file that is there. */
export interface FoundCommand {
  /** Absolute. */
  readonly path: string;
  /** Permission bits, as they were when it was found. */
  readonly mode: number;
}

/**
 * The file of a command: `<task>/local/<command>`, `<task>/<command>`, the command as a path, then PATH.
 *
 * A bare name is not looked for in the supervisor's current directory, and PATH elements that are empty or relative are
 * passed over: what is started must not depend on where the supervisor was.
 *
 * Rejects with `ERR_COMMAND_NOT_FOUND`, or `ERR_COMMAND_IS_DIRECTORY` when only directories were found.
 */
export async function lookUpCommand(command: string, places: LookupPlaces): Promise<FoundCommand> {
  const candidates = candidatesFor(command, places);
  let directory: string | undefined;
  // All at once: each look by itself would be a trip to a thread.
  const modes = await native.fileModes(candidates.map(({ path }) => path).join('\0'));
  for (const [at, { path, mustBeExecutable }] of candidates.entries()) {
    const mode = modes[at] ?? 0;
    if (mode < 0) {
      if (!absentErrnos.has(-mode)) throw cannotLookAt(path, -mode);
      continue;
    }
    if ((mode & constants.S_IFMT) === constants.S_IFDIR) {
      directory ??= mustBeExecutable ? undefined : path;
    } else if (!mustBeExecutable || (mode & 0o111) !== 0) {
      return { path, mode: mode & 0o7777 };
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

const { ENOENT, ENOTDIR, EACCES, ENAMETOOLONG, ELOOP } = system.errno;
/** Whatever cannot be reached: another place may have it. */
const absentErrnos: ReadonlySet<number> = new Set([ENOENT, ENOTDIR, EACCES, ENAMETOOLONG, ELOOP]);

function cannotLookAt(path: string, errno: number): SpawnError {
  return new SpawnError(
    'ERR_COMMAND_NOT_FOUND',
    `cannot look for the command at ${path}: ${describeErrno(errno)}`,
    { errno, path, syscall: 'stat' },
  );
}

// Owner of the command look-up over PATH, which happens before anything is started.

import { SpawnError } from '../errors.ts';
import { native } from '../native.ts';
import { describeErrno } from './errno.ts';
import { badVariable } from './string-block.ts';

/** What execvp(3) of glibc takes when there is no PATH: confstr(_CS_PATH). */
const defaultPath = '/bin:/usr/bin';

const permissionDenied = 13; // EACCES
const noEntry = 2; // ENOENT

/** Errors of the look-up carry this step. It happens before the engine's own steps. */
export const lookUpStep = 'lookUp';

/**
 * @param command - without a slash
 * @param env - the child's environment; absent = this process's
 * @returns the file to execute
 * @throws InvalidOptionError for a PATH with a NUL byte
 * @throws SpawnError ERR_COMMAND_NOT_FOUND, ERR_COMMAND_NOT_EXECUTABLE
 */
export function lookUpCommand(
  command: string,
  env: Readonly<Record<string, string | undefined>> | undefined,
  cwd: string | undefined,
): string {
  const path = (env === undefined ? process.env['PATH'] : env['PATH']) ?? defaultPath;
  // The engine finds NUL bytes when it counts strings, which comes after the look-up.
  if (path.includes('\0')) throw badVariable('PATH', 'has a NUL byte');
  const found = native.lookUp(command, path, cwd);
  if (typeof found === 'string') return found;
  throw lookUpError(command, path, -found);
}

function lookUpError(command: string, path: string, errno: number): SpawnError {
  const details = { step: lookUpStep, errno, path: command, syscall: 'execve' };
  const where = `PATH "${path}"`;
  if (errno === permissionDenied) {
    return new SpawnError(
      'ERR_COMMAND_NOT_EXECUTABLE',
      `cannot execute ${command} from ${where}: ${describeErrno(errno)}. A file of that name is there but may not ` +
        'be executed: set its execute permission, or give its path',
      details,
    );
  }
  const reason = errno === noEntry ? 'no such command' : describeErrno(errno);
  return new SpawnError(
    'ERR_COMMAND_NOT_FOUND',
    `cannot find command ${command} in ${where}: ${reason}. Install it, give its full path, or correct PATH in the ` +
      'environment of the child',
    details,
  );
}

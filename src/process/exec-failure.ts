// Owner of the answer to "why not?" when execve(2) has refused a file. The kernel's one number stands for many causes;
// looking at the file tells them apart. Nothing is predicted: this runs only after a failure.

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { SpawnError, type SpawnErrorCode } from '../errors.ts';
import { argumentsTooLong } from './arguments-size.ts';
import { describeErrno } from './errno.ts';
import { type FileFormat, ownMachineName, readFileFormat } from './executable-format.ts';
import type { FailedStart } from './failed-start.ts';

/** errno(3) numbers of execve(2), the same on all architectures that are supported. */
const Errno = {
  noEntry: 2,
  tooBig: 7,
  execFormat: 8,
  permissionDenied: 13,
  notDirectory: 20,
  textBusy: 26,
  badLibrary: 80,
} as const;

/** A script's interpreter may be a script itself; the kernel follows four, see execve(2). */
const deepestScript = 4;

interface Cause {
  readonly code: SpawnErrorCode;
  /** Why, after the errno. */
  readonly why: string;
  /** Instead of the command itself. */
  readonly path?: string;
  readonly isRetryable?: boolean;
}

/** @returns undefined when the errno says nothing about the file: limits, for example */
export function execFailure(start: FailedStart, errno: number): SpawnError | undefined {
  if (errno === Errno.tooBig) return argumentsTooLong(start);
  const cause = causeOf(resolve(start.plan.cwd ?? '.', start.file), errno);
  if (cause === undefined) return undefined;
  const message = `cannot execute ${start.file}: ${describeErrno(errno)}. ${cause.why}`;
  return new SpawnError(cause.code, message, {
    step: 'exec',
    errno,
    syscall: 'execve',
    path: cause.path ?? start.file,
    isRetryable: cause.isRetryable ?? false,
  });
}

function causeOf(path: string, errno: number): Cause | undefined {
  switch (errno) {
    case Errno.noEntry:
      return missing(path, 0);
    case Errno.notDirectory:
      return { code: 'ERR_COMMAND_NOT_FOUND', why: 'A part of its path is not a directory' };
    case Errno.permissionDenied:
      return refused(path);
    case Errno.execFormat:
    case Errno.badLibrary:
      return badFormat(path, 0);
    case Errno.textBusy:
      return {
        code: 'ERR_COMMAND_BUSY',
        why: 'Somebody has it open for writing: try again when it is written',
        isRetryable: true,
      };
    default:
      return undefined;
  }
}

function missing(path: string, depth: number): Cause {
  if (kindOf(path) === 'absent') {
    return { code: 'ERR_COMMAND_NOT_FOUND', why: 'There is no such file: check the path' };
  }
  const format = formatOf(path);
  const interpreter = interpreterOf(format);
  if (interpreter === undefined) {
    return {
      code: 'ERR_INTERPRETER_NOT_FOUND',
      why: 'The file is there, but something that it needs to start is not',
    };
  }
  if (depth < deepestScript && kindOf(interpreter) !== 'absent')
    return missing(interpreter, depth + 1);
  return {
    code: 'ERR_INTERPRETER_NOT_FOUND',
    why:
      format?.kind === 'script'
        ? `${path} is there, but its first line names the interpreter ${showPath(interpreter)}, which is not: install it, or correct that line`
        : `${path} is there, but its program loader ${interpreter} is not: install the libraries of its platform, or a build for this one`,
    path: interpreter,
  };
}

/** A script that was edited on Windows asks for an interpreter whose name ends in a carriage return. */
function showPath(path: string): string {
  return path.endsWith('\r') ? `${JSON.stringify(path)} (with a carriage return at its end)` : path;
}

function refused(path: string): Cause {
  const kind = kindOf(path);
  if (kind === 'directory') {
    return {
      code: 'ERR_COMMAND_IS_DIRECTORY',
      why: 'It is a directory: give the path of a file in it',
    };
  }
  const why =
    kind === 'unreachable'
      ? 'A directory on the way may not be searched by this user'
      : whyNotExecutable(path);
  return { code: 'ERR_COMMAND_NOT_EXECUTABLE', why };
}

function whyNotExecutable(path: string): string {
  const mode = statSync(path).mode;
  if ((mode & 0o111) === 0) return 'It has no execute permission: chmod +x gives it';
  const interpreter = interpreterOf(formatOf(path));
  if (interpreter !== undefined && kindOf(interpreter) === 'directory') {
    return `Its interpreter ${interpreter} is a directory`;
  }
  return 'The user of the process may not execute it or its interpreter, or its file system is mounted noexec';
}

function badFormat(path: string, depth: number): Cause {
  const format = formatOf(path);
  switch (format?.kind) {
    case 'elf':
      return format.isForeign
        ? {
            code: 'ERR_WRONG_ARCHITECTURE',
            why: `It is a program for ${format.machine}, and this machine is ${ownMachineName()}: get a build for this one`,
          }
        : {
            code: 'ERR_COMMAND_FORMAT',
            why: 'It is a damaged program, or one that this kernel cannot run',
          };
    case 'script':
      return depth < deepestScript && kindOf(format.interpreter) === 'file'
        ? { ...badFormat(format.interpreter, depth + 1), path: format.interpreter }
        : {
            code: 'ERR_COMMAND_FORMAT',
            why: 'Its first line does not name an interpreter that can be used',
          };
    case 'empty':
      return { code: 'ERR_COMMAND_FORMAT', why: 'It is empty' };
    case 'windows':
      return { code: 'ERR_COMMAND_FORMAT', why: 'It is a Windows program' };
    case 'macos':
      return { code: 'ERR_COMMAND_FORMAT', why: 'It is a program for macOS, or a Java class' };
    default:
      return {
        code: 'ERR_COMMAND_FORMAT',
        why: 'It is no program, and a script needs a first line such as #!/bin/sh',
      };
  }
}

function interpreterOf(format: FileFormat | undefined): string | undefined {
  if (format?.kind === 'script' || format?.kind === 'elf') return format.interpreter;
  return undefined;
}

/** A file that may be executed may still not be read: then its format stays unknown. */
function formatOf(path: string): FileFormat | undefined {
  try {
    return readFileFormat(path);
  } catch (error) {
    if (hasCode(error)) return undefined;
    throw error;
  }
}

function kindOf(path: string): 'file' | 'directory' | 'absent' | 'unreachable' {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (!hasCode(error)) throw error;
    return error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 'absent' : 'unreachable';
  }
}

function hasCode(error: unknown): error is Error & { readonly code: unknown } {
  return error instanceof Error && 'code' in error;
}

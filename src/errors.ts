// Pure: the errors that users of this package meet. Match on `code`: codes are stable, messages are not.

/** What a `SpawnError` can be about. Each code is described in docs/errors.md. */
export type SpawnErrorCode =
  | 'ERR_ABORTED'
  | 'ERR_ARGUMENTS_TOO_LONG'
  | 'ERR_CGROUP'
  | 'ERR_CGROUP_FROZEN'
  | 'ERR_COMMAND_BUSY'
  | 'ERR_COMMAND_FORMAT'
  | 'ERR_COMMAND_IS_DIRECTORY'
  | 'ERR_COMMAND_NOT_EXECUTABLE'
  | 'ERR_COMMAND_NOT_FOUND'
  | 'ERR_CWD'
  | 'ERR_EXEC_DEADLINE'
  | 'ERR_GROUP_UNKNOWN'
  | 'ERR_INTERPRETER_NOT_FOUND'
  | 'ERR_NETWORK_NAMESPACE'
  | 'ERR_NO_MEMORY'
  | 'ERR_NOT_PERMITTED'
  | 'ERR_PROCESS_LIMIT'
  | 'ERR_SPAWN_STEP'
  | 'ERR_STDIO'
  | 'ERR_KILLED_BEFORE_EXEC'
  | 'ERR_STUCK_BEFORE_EXEC'
  | 'ERR_TOO_MANY_FILES'
  | 'ERR_USER_UNKNOWN'
  | 'ERR_WRONG_ARCHITECTURE';

/** Where in the system a failure was met; absent fields do not apply. */
export interface ErrorDetails {
  /** The positive errno(3) number. */
  readonly errno?: number;
  /** The system call that failed. */
  readonly syscall?: string;
  /** The file or directory that it was about. */
  readonly path?: string;
  readonly cause?: unknown;
}

/** What is known about a failed start. */
export interface SpawnErrorDetails extends ErrorDetails {
  /** The step of the start that failed, see docs/errors.md. */
  readonly step?: string;
  /** @default false */
  readonly isRetryable?: boolean;
}

/** The bundler renames classes that meet another of their name; what people see in a log is to be the name in the documents. */
export function nameClass(named: object, name: string): void {
  Object.defineProperty(named, 'name', { value: name, configurable: true });
}

/** Base class of everything that this package throws when the world, not the caller, is at fault. */
export class RawExecError extends Error {
  // Fields that may be absent are declared only: an error shows what is known and no more.
  /** Stable, for programs to match on. */
  readonly code: string;
  /** The positive errno(3) number, where a system call failed. */
  declare readonly errno?: number;
  declare readonly syscall?: string;
  declare readonly path?: string;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    if (details.errno !== undefined) this.errno = details.errno;
    if (details.syscall !== undefined) this.syscall = details.syscall;
    if (details.path !== undefined) this.path = details.path;
  }

  static {
    // On the prototype, as in the built-in errors: not enumerable, the same for all.
    nameClass(RawExecError, 'RawExecError');
    Object.defineProperty(RawExecError.prototype, 'name', {
      value: 'RawExecError',
      configurable: true,
    });
  }
}

/**
 * A process that was not started: nothing of it is left behind.
 *
 * @example
 * try {
 *   spawn('/opt/tool');
 * } catch (error) {
 *   if (error instanceof SpawnError && error.isRetryable) await laterAgain();
 *   else throw error;
 * }
 */
export class SpawnError extends RawExecError {
  declare readonly code: SpawnErrorCode;
  /** The step of the start that failed; absent when the failure was found before the first one. */
  declare readonly step?: string;
  /** Whether the same start may succeed later without anybody changing anything: a limit that was reached, for example. */
  readonly isRetryable: boolean;

  constructor(code: SpawnErrorCode, message: string, details: SpawnErrorDetails = {}) {
    super(code, message, details);
    if (details.step !== undefined) this.step = details.step;
    this.isRetryable = details.isRetryable ?? false;
  }

  static {
    nameClass(SpawnError, 'SpawnError');
    Object.defineProperty(SpawnError.prototype, 'name', {
      value: 'SpawnError',
      configurable: true,
    });
  }
}

/** A mistake in the calling program: an option or argument that can never work. Nothing was started. */
export class InvalidOptionError extends TypeError {
  /** `ERR_INVALID_OPTION` for options, `ERR_INVALID_ARGUMENT` for the command and its arguments. */
  readonly code: 'ERR_INVALID_OPTION' | 'ERR_INVALID_ARGUMENT';
  /** The option, with the path inside it: `resourceLimits.nofile`, `stdio[1]`, `args[2]`. */
  readonly option: string;

  constructor(
    code: 'ERR_INVALID_OPTION' | 'ERR_INVALID_ARGUMENT',
    option: string,
    message: string,
  ) {
    super(message);
    this.code = code;
    this.option = option;
  }

  static {
    nameClass(InvalidOptionError, 'InvalidOptionError');
  }
}

// Pure: a failure that is told to the user in one paragraph, without a stack trace.

/** What went wrong, on what, why, and what to do; with the exit code that it ends in. */
export class UserError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

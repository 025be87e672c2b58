// Pure: what the exit codes of the command line mean, beside those of the programs that it runs.

/** Something that was asked for did not work: a task failed, a job file has errors. */
export const failureExitCode = 1;
/** The command line itself was wrong. */
export const usageExitCode = 2;

/** `spawn` mirrors the exit code of its program, so its own failures have the codes that shells and env(1) use. */
export const spawnExitCode = {
  /** `--timeout` ran out, as in timeout(1). */
  timeout: 124,
  /** raw-exec itself failed, wrong options included. */
  failure: 125,
  /** The command was found but cannot be run. */
  notExecutable: 126,
  /** The command was not found. */
  notFound: 127,
} as const;

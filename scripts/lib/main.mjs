// The frame of each script: failures end in one readable message and an exit code, never in a stack trace of ours.

import { CommandError } from './run-command.mjs';

export async function main(body) {
  try {
    await body();
  } catch (error) {
    if (error instanceof CommandError && !error.isShown) process.stderr.write(`${error.output}\n`);
    console.error(error instanceof Error ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

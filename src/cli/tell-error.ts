// Turns whatever was thrown into one paragraph on stderr and an exit code.

import { failureExitCode } from './exit-codes.ts';
import { printError } from './print.ts';
import { UserError } from './user-error.ts';

/** @returns the exit code */
export function tellError(error: unknown, command: string): number {
  const prefix = command === '' ? 'raw-exec' : `raw-exec ${command}`;
  if (error instanceof UserError) {
    printError(`${prefix}: ${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    // A failure of the system or of an option: its message is made for people.
    printError(`${prefix}: ${error.message}\n`);
    return failureExitCode;
  }
  // Our own fault: here a stack trace is what helps.
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  printError(`${prefix}: this is a fault in raw-exec, please report it.\n${detail}\n`);
  return failureExitCode;
}

// Owner of the end of this process when nothing more can be written to its output.

import { failureExitCode } from './exit-codes.ts';
import type { OnClosed } from './output-writer.ts';
import { closedOutputExitCode } from './print.ts';
import { tellError } from './tell-error.ts';

/**
 * That nobody reads any more (`… | head`) ends it quietly; a disk that is full is told.
 *
 * @param code the exit code then
 */
export function endWithOutput(command: string, code = failureExitCode): OnClosed {
  return (failure) => {
    if (failure === undefined) process.exit(closedOutputExitCode);
    tellError(failure, command);
    process.exit(code);
  };
}

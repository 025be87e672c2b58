// Owner of what the command line itself writes to its standard output and error.
//
// Not through process.stdout: making that stream sets O_NONBLOCK on a pipe, which is shared with the programs that we
// start and with those beside us in a pipeline, and programs do not expect EAGAIN from their standard streams.

import { writeSync } from 'node:fs';

/** What shells report for a program that SIGPIPE has ended; Node ignores that signal. */
export const closedOutputExitCode = 141;

/** How long to leave a reader in peace that is not ready: somebody else has set O_NONBLOCK. */
const retryMs = 5;

/** Writes to standard output. Ends this process quietly when its reader has gone (`raw-exec … | head`). */
export function printOut(text: string): void {
  if (!writeAll(1, text)) process.exit(closedOutputExitCode);
}

/** Writes to standard error; that nobody reads it is no reason to end. */
export function printError(text: string): void {
  writeAll(2, text);
}

/** Whether to colour what goes to a descriptor: for a terminal, unless NO_COLOR or a dumb terminal says otherwise. */
export function hasColours(fd: 1 | 2): boolean {
  const { NO_COLOR: noColour, TERM: terminal } = process.env;
  // Loaded only here: most commands print nothing that could have a colour.
  const { isatty } = process.getBuiltinModule('node:tty');
  return isatty(fd) && (noColour === undefined || noColour === '') && terminal !== 'dumb';
}

/** Whether a write failed because nobody reads any more. */
export function isClosedOutput(error: unknown): boolean {
  return codeOf(error) === 'EPIPE';
}

/** Whether a write has to be tried again later. */
export function isNotReady(error: unknown): boolean {
  return codeOf(error) === 'EAGAIN';
}

/** @returns false when nobody reads any more */
function writeAll(fd: number, text: string): boolean {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (isClosedOutput(error) || codeOf(error) === 'EBADF') return false;
      // Its terminal has gone, see the end of a session in setsid(2): an agent goes on without.
      if (fd === 2 && codeOf(error) === 'EIO') return false;
      if (!isNotReady(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
    }
  }
  return true;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

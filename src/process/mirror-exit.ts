// Owner of this process's own end in the likeness of a child's.

import { native } from '../native.ts';
import { signalNumber } from '../signals.ts';
import type { ExitStatus } from './exit-status.ts';

/**
 * Ends this process at once as a child has ended: with its exit code, or by the same signal, so that whoever waits for
 * us (a shell's Ctrl-C handling, a service manager) sees what really happened.
 *
 * Where a signal cannot end us (the first process of a PID namespace ignores most), the exit code is 128 + its number.
 */
export function mirrorExit(status: ExitStatus): never {
  const signal = status.signal === null ? undefined : signalNumber(status.signal);
  if (signal !== undefined) {
    process.removeAllListeners(status.signal ?? '');
    native.raiseDefault(signal);
  }
  process.exit(status.exitCode);
}

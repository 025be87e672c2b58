// Takes an error from where it is thrown to where it is looked at.

import assert from 'node:assert/strict';
import { CgroupError } from '../../src/cgroup/cgroup-errors.ts';
import { InvalidOptionError, RawExecError, SpawnError } from '../../src/errors.ts';

/** The SpawnError that `act` throws; anything else fails the test. */
export function spawnErrorOf(act: () => unknown): SpawnError {
  const error = thrownBy(act);
  if (error instanceof SpawnError) return error;
  throw new assert.AssertionError({ message: `not a SpawnError: ${String(error)}` });
}

/** The TypeError about an option or argument that `act` throws. */
export function invalidOptionOf(act: () => unknown): InvalidOptionError {
  const error = thrownBy(act);
  if (error instanceof InvalidOptionError) return error;
  throw new assert.AssertionError({ message: `not an InvalidOptionError: ${String(error)}` });
}

/** The CgroupError that `act` throws. */
export function cgroupErrorOf(act: () => unknown): CgroupError {
  const error = thrownBy(act);
  if (error instanceof CgroupError) return error;
  throw new assert.AssertionError({ message: `not a CgroupError: ${String(error)}` });
}

/** The RawExecError that a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<RawExecError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RawExecError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the promise was fulfilled' });
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import type { SpawnErrorCode } from '../../../src/errors.ts';
import type { FailedStart } from '../../../src/process/failed-start.ts';
import { stepVerdict } from '../../../src/process/step-verdict.ts';

// To be called for steps whose verdict does not depend on the start.
const start = {} as FailedStart;

test('A file that could not be looked at gets the code that its errno alone tells.', () => {
  const codes: [number, SpawnErrorCode][] = [
    [2, 'ERR_COMMAND_NOT_FOUND'],
    [7, 'ERR_ARGUMENTS_TOO_LONG'],
    [8, 'ERR_COMMAND_FORMAT'],
    [13, 'ERR_COMMAND_NOT_EXECUTABLE'],
    [5, 'ERR_SPAWN_STEP'],
  ];
  for (const [errno, code] of codes) assert.equal(stepVerdict('exec', errno, start).code, code);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endingSignal, shellExitCode } from '../../../src/process/exit-status.ts';

test('the shell-style code is the code, or 128 and the signal, or 127 when nobody knows', () => {
  assert.equal(shellExitCode(0, 0), 0);
  assert.equal(shellExitCode(255, 0), 255);
  assert.equal(shellExitCode(-1, 9), 137);
  assert.equal(shellExitCode(-1, 0), 127);
});

test('a signal is named, and none is null', () => {
  assert.equal(endingSignal(15), 'SIGTERM');
  assert.equal(endingSignal(0), null);
});

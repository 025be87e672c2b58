import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidOptionError, RawExecError, SpawnError } from '../../../src/errors.ts';
import { describeErrno, errnoName } from '../../../src/process/errno.ts';

test('a SpawnError carries what is known and nothing else', () => {
  const cause = new Error('below');
  const error = new SpawnError('ERR_CWD', 'cannot', {
    step: 'cwd',
    errno: 2,
    syscall: 'chdir',
    path: '/x',
    cause,
  });
  assert.deepEqual(
    { ...error },
    {
      code: 'ERR_CWD',
      errno: 2,
      syscall: 'chdir',
      path: '/x',
      step: 'cwd',
      isRetryable: false,
    },
  );
  assert.equal(error.cause, cause);
  assert.equal(error.name, 'SpawnError');
  assert.ok(error instanceof RawExecError && error instanceof Error);
  const bare = new SpawnError('ERR_ABORTED', 'cannot');
  assert.deepEqual(Object.keys(bare).sort(), ['code', 'isRetryable']);
  assert.ok(!('cause' in bare));
});

test('a mistake of the caller is a TypeError', () => {
  const error = new InvalidOptionError('ERR_INVALID_OPTION', 'cwd', 'no');
  assert.ok(error instanceof TypeError);
  assert.equal(error.option, 'cwd');
});

test('errnos are shown by name and meaning, also those that the runtime has no text for', () => {
  assert.equal(describeErrno(13), 'EACCES (permission denied)');
  assert.equal(describeErrno(8), 'ENOEXEC (exec format error)');
  assert.equal(describeErrno(11), 'EAGAIN (resource temporarily unavailable)');
  assert.equal(errnoName(9999), 'errno 9999');
});

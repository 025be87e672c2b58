import assert from 'node:assert/strict';
import { constants } from 'node:os';
import test from 'node:test';
import { PlaceError, placeErrorOf } from '../../../src/cgroup/place-errors.ts';
import { SpawnError } from '../../../src/errors.ts';

function failed(name: keyof typeof constants.errno): Error {
  return Object.assign(new Error(name), {
    errno: -constants.errno[name],
    code: name,
    syscall: 'mkdir',
  });
}

const meanings = [
  ['EACCES', 'ERR_CGROUP_NOT_PERMITTED'],
  ['EPERM', 'ERR_CGROUP_NOT_PERMITTED'],
  ['EROFS', 'ERR_CGROUP_READ_ONLY'],
  ['EAGAIN', 'ERR_CGROUP_FULL'],
  ['ENOSPC', 'ERR_CGROUP_FULL'],
  ['ENOENT', 'ERR_CGROUP_REMOVED'],
  ['ENODEV', 'ERR_CGROUP_REMOVED'],
  ['ENOTSUP', 'ERR_CGROUP_THREADED'],
  ['EBUSY', 'ERR_CGROUP_CONTROLLERS'],
  ['ENOTDIR', 'ERR_CGROUP_NOT_A_GROUP'],
] as const;

for (const [name, code] of meanings) {
  test(`${name} about a group is ${code}, with the path, the cause and what to do.`, () => {
    const cause = failed(name);
    const error = placeErrorOf('/sys/fs/cgroup/a', cause);
    assert.ok(error instanceof PlaceError);
    const { errno, syscall, path } = error;
    assert.deepEqual(
      { code: error.code, errno, syscall, path, cause: error.cause },
      { code, errno: constants.errno[name], syscall: 'mkdir', path: '/sys/fs/cgroup/a', cause },
    );
    assert.match(
      error.message,
      new RegExp(`^cannot make task groups in /sys/fs/cgroup/a: ${name} \\(.*\\)\\. [A-Z]`),
    );
  });
}

test('A failed start is read by its errno.', () => {
  const refused = new SpawnError('ERR_CGROUP', 'no', {
    errno: constants.errno.EACCES,
    step: 'clone',
  });
  assert.equal((placeErrorOf('/a', refused) as PlaceError).code, 'ERR_CGROUP_NOT_PERMITTED');
});

test('What is not about a group is passed on.', () => {
  const plain = new Error('ours');
  const other = failed('EMFILE');
  assert.equal(placeErrorOf('/a', plain), plain);
  assert.equal(placeErrorOf('/a', other), other);
});

test('A path with characters that cannot be seen is shown quoted.', () => {
  const shown = (path: string): string => new PlaceError('ERR_CGROUP_PATH', path, 'why').message;
  assert.equal(shown('a\nb'), 'cannot make task groups in "a\\nb": why');
  assert.equal(shown(''), 'cannot make task groups in "": why');
  assert.equal(shown('/a b'), 'cannot make task groups in /a b: why');
});

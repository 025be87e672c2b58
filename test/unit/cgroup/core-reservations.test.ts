import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoreReservations } from '../../../src/cgroup/core-reservations.ts';
import { formatCpuList, parseCpuList } from '../../../src/cgroup/cpu-list.ts';

test('Reserved CPUs leave the shared set until they are given back, and one is always left in it.', () => {
  const cores = new CoreReservations([0, 1, 2, 3]);
  assert.equal(cores.areAnyReserved, false);
  assert.deepEqual(cores.reserve('a', 2), [0, 1]);
  assert.deepEqual(cores.reserve('b', 1), [2]);
  assert.deepEqual(cores.shared(), [3]);
  assert.deepEqual(cores.reserve('c', 1), { free: 0 });
  assert.equal(cores.release('a'), true);
  assert.equal(cores.release('a'), false);
  assert.deepEqual(cores.shared(), [0, 1, 3]);
  assert.deepEqual(cores.reserve('c', 3), { free: 2 });
  assert.deepEqual(cores.reserve('c', 2), [0, 1]);
  assert.equal(cores.areAnyReserved, true);
});

test('Lists of CPUs are read and written as the kernel does.', () => {
  assert.deepEqual(parseCpuList('0-2,5,7-8\n'), [0, 1, 2, 5, 7, 8]);
  assert.deepEqual(parseCpuList('3,1,1'), [1, 3]);
  for (const text of ['', 'a', '3-1', '1-', '-1', '1,,2', '99999', '0-8192']) {
    assert.equal(parseCpuList(text), undefined, text);
  }
  assert.equal(formatCpuList([5, 0, 2, 1, 8, 7]), '0-2,5,7-8');
  assert.equal(formatCpuList([]), '');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidLimitsError } from '../../../src/cgroup/cgroup-errors.ts';
import { limitTable } from '../../../src/cgroup/limits/limit-table.ts';
import { limitOptions, readLimits } from '../../../src/cgroup/limits/read-limits.ts';

function problems(limits: unknown): readonly string[] {
  try {
    readLimits(limits);
  } catch (error) {
    assert.ok(error instanceof InvalidLimitsError);
    assert.equal(error.code, 'ERR_INVALID_LIMITS');
    return error.issues.map(({ path, message }) => `${path} ${message}`);
  }
  return [];
}

test('All that is wrong with limits is told at once.', () => {
  assert.deepEqual(
    problems({
      memoryMaxBytes: -1,
      pidsMax: 1.5,
      cpuMaxCores: 0,
      memoryMaxByte: 3,
      cpusetCpus: '3-1',
    }),
    [
      `memoryMaxBytes is -1; it must be a whole number of bytes from 1 to 9007199254740991, or 'max' for no limit`,
      `pidsMax is 1.5; it must be a whole number of processes from 1 to 4194304, or 'max' for no limit`,
      `cpuMaxCores is 0; it must be a number of CPUs from 0.01 to 8192, or 'max' for no limit`,
      'memoryMaxByte does not exist; did you mean "memoryMaxBytes"?',
      `cpusetCpus is '3-1'; it must be a list of numbers and ranges such as "0-3,7"`,
    ],
  );
});

const wholeNumbers = [
  'memoryMaxBytes',
  'memoryHighBytes',
  'memoryLowBytes',
  'swapMaxBytes',
  'cpuWeight',
  'cpuShares',
  'cores',
  'pidsMax',
  'ioWeight',
];

test('Negative, fractional and overflowing numbers, and what is none, are refused for every number.', () => {
  for (const option of wholeNumbers) {
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '5', null, 5n]) {
      assert.equal(problems({ [option]: value }).length, 1, `${option}: ${String(value)}`);
    }
  }
  for (const value of [-1, 0.001, 10_000, Number.NaN, Number.POSITIVE_INFINITY, '1']) {
    assert.equal(problems({ cpuMaxCores: value }).length, 1, String(value));
  }
});

test('Limits of devices and of huge pages are looked through.', () => {
  assert.deepEqual(
    problems({
      ioMax: [
        { device: 'sda', readBytesPerSecond: 0 },
        { device: '8:0' },
        { device: '8:0', readBytes: 5 },
      ],
      hugetlbMaxBytes: { '2MB': -1, huge: 5 },
    }),
    [
      `ioMax[0].device is 'sda'; it must be the numbers of a disk such as "8:0"`,
      `ioMax[0].readBytesPerSecond is 0; it must be a whole number of bytes per second from 1 to 9007199254740991, or 'max' for no limit`,
      `ioMax[1] is { device: '8:0' }; it must be an object with at least one rate`,
      'ioMax[2].readBytes does not exist; there are device, readBytesPerSecond, writeBytesPerSecond, ' +
        'readOperationsPerSecond, writeOperationsPerSecond',
      `hugetlbMaxBytes.2MB is -1; it must be a whole number of bytes from 0 to 9007199254740991, or 'max' for no limit`,
      `hugetlbMaxBytes.huge is 'huge'; it must be a size of pages such as "2MB"`,
    ],
  );
  assert.deepEqual(problems({ ioMax: {} }), [
    'ioMax is {}; it must be a list of limits of devices',
  ]);
  assert.deepEqual(problems({ hugetlbMaxBytes: 5 }), [
    'hugetlbMaxBytes is 5; it must be an object of bytes by the size of a page',
  ]);
});

test('Two ways to say the same thing, undefined, and what is no object, are refused.', () => {
  assert.deepEqual(problems({ cpuWeight: 100, cpuShares: 1024, cores: 1, cpusetCpus: '0' }), [
    'cpuShares cannot be given together with "cpuWeight"',
    'cpusetCpus cannot be given together with "cores"',
  ]);
  assert.deepEqual(problems({ memoryOomGroup: undefined }), [
    'memoryOomGroup is undefined; leave it out, or give true or false',
  ]);
  assert.deepEqual(problems([]), ['limits is []; it must be an object of limits']);
});

test('Right limits are taken as they are.', () => {
  const limits = {
    memoryMaxBytes: 'max',
    swapMaxBytes: 0,
    memoryOomGroup: true,
    cpuMaxCores: 0.5,
    cpusetCpus: '0-3,7',
    ioMax: [{ device: '8:0', readBytesPerSecond: 'max', writeOperationsPerSecond: 10 }],
    hugetlbMaxBytes: { '2MB': 0, '1GB': 'max' },
  };
  assert.equal(readLimits(limits), limits);
});

test('The table has a row for every option, and no other.', () => {
  assert.deepEqual(limitTable.map(({ option }) => option).sort(), [...limitOptions].sort());
});

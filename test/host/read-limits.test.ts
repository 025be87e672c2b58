import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { readHostLayout } from '../../src/cgroup/host-layout.ts';
import { parseProcessLimits } from '../../src/host/process-limits.ts';
import { readLimits } from '../../src/host/read-limits.ts';
import { otherHost } from '../helpers/other-host.ts';

const limitsText = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max open files            1024                 524288               files     
Max processes             unlimited            96364                processes 
`;

test('Limits of a process are read with blanks in their names and without numbers.', () => {
  const limits = parseProcessLimits(limitsText);
  assert.deepEqual(limits.get('Max open files'), { soft: 1024, hard: 524_288 });
  assert.deepEqual(limits.get('Max processes'), { soft: null, hard: 96_364 });
  assert.equal(limits.get('Limit'), undefined);
});

test('The lowest limit on the way up from our own group is the one that counts.', () => {
  const files = otherHost({
    files: {
      '/proc/self/mountinfo': '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      '/proc/self/cgroup': '0::/a/b/c\n',
      '/sys/fs/cgroup/cgroup.controllers': 'pids memory\n',
      '/sys/fs/cgroup/a/pids.max': '300\n',
      '/sys/fs/cgroup/a/b/pids.max': '200\n',
      '/sys/fs/cgroup/a/b/c/pids.max': 'max\n',
      '/sys/fs/cgroup/a/memory.max': 'max\n',
    },
  });
  assert.deepEqual(readLimits(readHostLayout({ files, euid: 7 }), files), [
    { name: 'processes of our cgroup', limit: 200, source: '/sys/fs/cgroup/a/b/pids.max' },
    { name: 'memory of our cgroup', limit: null, source: '/sys/fs/cgroup/a/memory.max' },
  ]);
});

test('The largest number of version 1 is no limit.', () => {
  const files = otherHost({
    files: {
      '/proc/self/mountinfo': '30 23 0:26 / /cg/memory rw - cgroup cgroup rw,memory\n',
      '/proc/self/cgroup': '1:memory:/a\n',
      '/cg/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/cg/memory/a/memory.limit_in_bytes': '1048576\n',
    },
  });
  assert.deepEqual(readLimits(readHostLayout({ files, euid: 0 }), files), [
    {
      name: 'memory of our cgroup',
      limit: 1_048_576,
      source: '/cg/memory/a/memory.limit_in_bytes',
    },
  ]);
});

test('On this machine the limit of open files is what a shell says.', () => {
  const said = (flag: string): number | null => {
    const text = execFileSync('/bin/sh', ['-c', `ulimit ${flag} -n`], { encoding: 'utf8' }).trim();
    return text === 'unlimited' ? null : Number(text);
  };
  const row = readLimits(readHostLayout()).find(({ name }) => name === 'open files');
  // Node raises its own soft limit to the hard one, and gives that on to its children.
  assert.deepEqual([row?.limit, row?.hard], [said('-S'), said('-H')]);
});

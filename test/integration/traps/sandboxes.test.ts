// Kernels and sandboxes that lack a feature: the same starts give the same results by another way.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { KernelFeature } from '../../../src/native/kernel.ts';
import { fixture, moduleUrl } from '../../helpers/library.ts';

const suite = [
  fixture('traps/spawn-suite.mjs'),
  moduleUrl('process/spawn'),
  moduleUrl('process/run'),
  moduleUrl('native'),
];

// The numbers are the same on x86-64 and arm64: these calls came after the tables were made one.
const clone3 = 435;
const pidfdSendSignal = 424;
const pidfdOpen = 434;
const closeRange = 436;
const epollCtl = process.arch === 'arm64' ? 21 : 233;
const ENOSPC = 28;
const ENOSYS = 38;
const EPERM = 1;

const sandboxes: readonly {
  name: string;
  denied: readonly number[];
  errno: number;
  absent: number;
}[] = [
  { name: 'clone3 answers ENOSYS', denied: [clone3], errno: ENOSYS, absent: KernelFeature.clone3 },
  // Not clone3: libc itself takes no EPERM from that, and Node ends at its first thread.
  {
    name: 'pidfd_open and close_range answer EPERM',
    denied: [pidfdOpen, closeRange],
    errno: EPERM,
    absent: KernelFeature.pidfd | KernelFeature.closeRange,
  },
  {
    name: 'there is no pidfd',
    denied: [pidfdOpen, pidfdSendSignal],
    errno: ENOSYS,
    absent: KernelFeature.pidfd,
  },
  {
    name: 'there is no close_range',
    denied: [closeRange],
    errno: ENOSYS,
    absent: KernelFeature.closeRange | KernelFeature.closeRangeUnshare,
  },
  {
    name: 'there is none of them',
    denied: [clone3, pidfdOpen, pidfdSendSignal, closeRange],
    errno: ENOSYS,
    absent:
      KernelFeature.clone3 |
      KernelFeature.pidfd |
      KernelFeature.closeRange |
      KernelFeature.closeRangeUnshare,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'raw-exec-test-'));
const deny = join(folder, 'seccomp-deny');
before(() => {
  execFileSync('cc', ['-O1', '-o', deny, fixture('traps/seccomp-deny.c')]);
});
after(() => rmSync(folder, { recursive: true }));

for (const { name, denied, errno, absent } of sandboxes) {
  test(`programs start, fail and end as everywhere where ${name}`, () => {
    const ran = spawnSync(deny, [denied.join(','), String(errno), process.execPath, ...suite], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(ran.stderr, '');
    assert.equal(ran.status, 0);
    const { features, ...results } = JSON.parse(ran.stdout) as Record<string, unknown>;
    assert.deepEqual(results, {
      code: 7,
      signal: 'SIGKILL',
      descriptors: '0\n1\n2\n',
      piped: 'through',
      failure: 'ERR_COMMAND_NOT_FOUND',
      user: process.getuid?.() === 0 ? 'nobody' : 'skipped',
      many: true,
    });
    assert.equal(Number(features) & absent, 0, 'the sandbox was noticed');
  });
}

test('exits are seen where the epoll set has no room for them', () => {
  const program = [
    fixture('traps/no-room-for-notices.mjs'),
    moduleUrl('process/spawn'),
    join(folder, 'go'),
  ];
  const ran = spawnSync(deny, [`${epollCtl}@200`, String(ENOSPC), process.execPath, ...program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(ran.stderr, '');
  assert.deepEqual(JSON.parse(ran.stdout), {
    code: 7,
    signal: 'SIGTERM',
    last: 5,
  });
});

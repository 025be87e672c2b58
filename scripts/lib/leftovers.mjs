// Owner of the question what a test run has left on the machine: processes, cgroups, mounts, temporary files.

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const cgroupRoot = '/sys/fs/cgroup';
const marker = 'RAW_EXEC_TEST_RUN';
// Time for what is dying already: a killed process is gone from /proc only when its parent has reaped it.
const graceMs = 3000;

function tryRead(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    // The process ended between the listing and the reading, or is not ours to look at.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(error.code)) return '';
    throw error;
  }
}

function processesWith(text) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => tryRead(`/proc/${pid}/environ`).split('\0').includes(text))
    .map(
      (pid) => `process ${pid}: ${tryRead(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`,
    );
}

/** What a test has mounted, the newest first: it would keep its files from being removed. */
function mountsBelow(folder) {
  return tryRead('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
    .toReversed();
}

function ownCgroups() {
  const found = [];
  const visit = (dir, depth) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = join(dir, entry.name);
      if (entry.name.includes('raw-exec')) found.push(path);
      else if (depth > 0) visit(path, depth - 1);
    }
  };
  if (existsSync(cgroupRoot)) visit(cgroupRoot, 3);
  return found;
}

/**
 * Starts watching. Everything below `env` carries a mark in its environment and has a TMPDIR of its own.
 * @returns `{ env, finish }`; `finish` cleans the TMPDIR and resolves with a line per leftover.
 */
export function watchLeftovers() {
  const id = randomUUID();
  const mark = `${marker}=${id}`;
  const cgroupsBefore = new Set(ownCgroups());
  const tmp = mkdtempSync(join(tmpdir(), 'raw-exec-test-'));
  // As /tmp itself: tests that run as another user reach their files in it.
  chmodSync(tmp, 0o1777);

  const list = () => [
    ...processesWith(mark),
    ...ownCgroups()
      .filter((path) => !cgroupsBefore.has(path))
      .map((path) => `cgroup ${path}`),
  ];

  return {
    env: { ...process.env, [marker]: id, TMPDIR: tmp },
    async finish() {
      const deadline = performance.now() + graceMs;
      while (list().length > 0 && performance.now() < deadline) await delay(50);
      const mounts = mountsBelow(tmp);
      for (const path of mounts) execFileSync('umount', ['--lazy', path]);
      const files = readdirSync(tmp).map((name) => `temporary file ${name}`);
      rmSync(tmp, { recursive: true, force: true });
      return [...list(), ...mounts.map((path) => `mount ${path}`), ...files];
    },
  };
}

// Owner of one systemd that a test has started as process 1 of namespaces of its own, with the units of the test and no others.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { cleanUp } from './clean-up.ts';
import { eventually } from './eventually.ts';

const execute = promisify(execFile);

const top = '/sys/fs/cgroup';
/** Read by systemd before all other places but /etc. */
const unitFolder = '/run/systemd/system';
const firstTarget = 'raw-exec-test.target';

export interface Systemd {
  /** Writes a unit file; its name without an instance. */
  addUnit(name: string, text: string): void;
  /** Rejects with what systemctl has said. */
  systemctl(...args: string[]): Promise<string>;
}

/** Groups that a killed systemd leaves, deepest first; the kernel refuses those that are not empty yet. */
function removeTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  }
  rmdirSync(directory);
}

function childOf(pid: number): number | undefined {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text === '' ? undefined : Number(text.split(' ')[0]);
}

/** Starts it, and waits until it runs. All that it has started ends with the test. */
export async function startSystemd(t: TestContext): Promise<Systemd> {
  const group = join(top, `raw-exec-systemd-${process.pid}`);
  mkdirSync(group);
  cleanUp(t, () => eventually(`${group} is removed`, () => isRemoved(group)));
  mkdirSync(unitFolder, { recursive: true });
  writeFileSync(join(unitFolder, firstTarget), '[Unit]\nDefaultDependencies=no\n');
  // It takes the top of its cgroup namespace for the top of the hierarchy.
  const boot = [
    `echo 0 >${group}/cgroup.procs`,
    'exec unshare --cgroup --mount --pid --fork --mount-proc sh -c "$0"',
  ].join('; ');
  const inside = [
    `umount ${top}`,
    `mount -t cgroup2 cgroup2 ${top}`,
    `exec /lib/systemd/systemd --system --unit=${firstTarget} --log-target=null --show-status=no`,
  ].join('; ');
  const outer = spawn('/bin/sh', ['-c', boot, inside], {
    // Told that it is in a container it leaves the machine alone.
    env: { PATH: process.env['PATH'] ?? '', container: 'raw-exec-test' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const manager = await eventually('a manager', () => childOf(outer.pid ?? 0));
  cleanUp(t, () => {
    // eslint-disable-next-line no-restricted-syntax -- process 1 of the namespace that this test has made: all in it end
    process.kill(manager, 'SIGKILL');
  });
  const systemctl = async (...args: string[]): Promise<string> => {
    const enter = ['-t', String(manager), '--cgroup', '--mount', '--pid', '--', 'systemctl'];
    const { stdout } = await execute('nsenter', [...enter, '--no-pager', ...args]);
    return stdout.trim();
  };
  await eventually('systemd runs', async () => {
    const state = await systemctl('is-system-running').catch(() => '');
    return state === 'running' || undefined;
  });
  return {
    systemctl,
    addUnit: (name, text) => writeFileSync(join(unitFolder, name), text),
  };
}

function isRemoved(group: string): true | undefined {
  try {
    removeTree(group);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return undefined;
    throw error;
  }
}

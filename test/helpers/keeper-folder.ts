// Owner of one keeper per state directory of a test: it goes with the test, and nothing of it may be left.

import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { KeeperClient } from '../../src/keeper/keeper-client.ts';
import { makeKeeperGroup } from '../../src/keeper/keeper-group.ts';
import { native } from '../../src/native.ts';
import { cleanUp } from './clean-up.ts';
import { eventually } from './eventually.ts';
import { removeKeeperGroups } from './keeper-groups.ts';
import { isAlive } from './process-end.ts';

/** A state directory whose keeper, holder and pumps are ended when the test is over, with what a failed test has left running. */
export function keeperFolder(t: TestContext): string {
  const parent = mkdtempSync(join(realpathSync(tmpdir()), 'raw-exec-test-'));
  const folder = join(parent, 'keeper');
  cleanUp(t, () => rmSync(parent, { recursive: true, force: true }));
  cleanUp(t, removeKeeperGroups);
  cleanUp(t, () => endKeeper(folder));
  return folder;
}

export async function endKeeper(folder: string): Promise<void> {
  const all = keeperProcesses(folder);
  endTasks(all.flatMap(childrenOf).filter((pid) => !all.includes(pid)));
  // eslint-disable-next-line no-restricted-syntax -- processes of this test alone, found by its own folder just now
  for (const pid of keepersOf(folder)) process.kill(pid, 'SIGTERM');
  try {
    await eventually('keeper, holder and pumps have ended', () => !all.some(isAlive) || undefined);
  } catch (error) {
    // eslint-disable-next-line no-restricted-syntax -- processes of this test alone, found by its own folder just now
    for (const pid of keeperProcesses(folder)) process.kill(pid, 'SIGKILL');
    throw error;
  }
}

export function killAll(pids: readonly number[]): void {
  // eslint-disable-next-line no-restricted-syntax -- processes of this test alone, found by its own folder just now
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

function endTasks(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      // eslint-disable-next-line no-restricted-syntax -- tasks of this test alone, children of its own holder just now
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // It has ended since.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch (error) {
    // It has ended since it was found.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Until a keeper serves: it has found all tasks then. Starts one if need be, in a group of its own like any other. */
export async function untilServed(folder: string): Promise<void> {
  const client = new KeeperClient(folder, makeKeeperGroup);
  await client.list();
  await client.close();
}

/** Of the part `keeper`, which is what runs when no part is named, too. */
export function keepersOf(folder: string): number[] {
  return keeperProcesses(folder).filter(
    (pid) => !['holder', 'pump', 'reaper'].includes(argumentsOf(pid)[1] ?? ''),
  );
}

export function holdersOf(folder: string): number[] {
  return keeperProcesses(folder).filter((pid) => argumentsOf(pid)[1] === 'holder');
}

/** Of tasks that have no groups of their own. */
export function reapersOf(folder: string): number[] {
  return keeperProcesses(folder).filter((pid) => argumentsOf(pid)[1] === 'reaper');
}

export function pumpsOf(folder: string): number[] {
  return keeperProcesses(folder).filter((pid) => argumentsOf(pid)[1] === 'pump');
}

/** Keeper, holder and pumps: by the executable, and by the state directory that they have been told. */
function keeperProcesses(folder: string): number[] {
  if (!existsSync(native.keeperPath)) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [program = '', ...rest] = argumentsOf(pid);
      return (
        program.endsWith('raw-exec-keeper') &&
        rest.some((one) => one.startsWith(folder)) &&
        isAlive(pid)
      );
    });
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

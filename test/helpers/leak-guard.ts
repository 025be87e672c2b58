// Looks at what a test file leaves behind: descriptors and child processes.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { after, before } from 'node:test';
import { eventually } from './eventually.ts';

/** Started once for a process's lifetime; no leak. */
const forkerName = 'raw-exec-forker';

/** What a descriptor of the engine and the runtime itself may be: made when first needed, kept for good. */
const keptForGood =
  /^anon_inode:|^\/memfd:raw-exec-|^\/dev\/null$|^socket:|^\/dev\/urandom$|^\/proc\/\d+\/(oom_score_adj|cgroup)$/;

/** Fails the file when descriptors or children are left at its end that were not there at its beginning. */
export function guardAgainstLeaks(): void {
  let atFirst: ReadonlySet<string> = new Set();
  before(() => {
    atFirst = new Set(openDescriptors());
  });
  after(async () => {
    await eventually('all children of the test are gone', () => isNone(children()));
    const leaked = (): string[] => openDescriptors().filter((entry) => !atFirst.has(entry));
    await eventually('all descriptors of the test are closed', () => isNone(leaked())).catch(() =>
      assert.deepEqual(leaked(), []),
    );
  });
}

function isNone(list: readonly unknown[]): true | undefined {
  return list.length === 0 ? true : undefined;
}

/** Descriptors that a leak could be among, as `number target`. */
export function openDescriptors(): string[] {
  const result: string[] = [];
  for (const fd of readdirSync('/proc/self/fd')) {
    const target = targetOf(fd);
    if (target !== undefined && !keptForGood.test(target)) result.push(`${fd} ${target}`);
  }
  return result;
}

/** The descriptor of the listing itself is gone when it is looked at. */
function targetOf(fd: string): string | undefined {
  try {
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    return target.endsWith('/fd') ? undefined : target;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Pids of this process's children, zombies too, without the engine's own helper. */
export function children(): number[] {
  const pids: number[] = [];
  for (const task of readdirSync('/proc/self/task')) {
    pids.push(...childrenOf(task));
  }
  return pids.filter((pid) => nameOf(pid) !== forkerName.slice(0, 15));
}

/** None of a thread that has ended since the listing: threads of the engine come and go, and start nothing. */
function childrenOf(task: string): number[] {
  try {
    const text = readFileSync(`/proc/self/task/${task}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

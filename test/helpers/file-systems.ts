// Owner of file systems of a test's own, small, read-only or frozen, which go with the test.

import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { cleanUp } from './clean-up.ts';

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Skips the test with the reason where the machine does not give it. */
function tried(t: TestContext, what: string, make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    t.skip(`${what} cannot be had here: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function unmount(path: string): void {
  run('umount', '--lazy', path);
}

export interface SmallDisk {
  grow(bytes: number): void;
  makeReadOnly(): void;
  makeWritable(): void;
  /** Before the test is over. */
  unmount(): void;
}

/** A tmpfs at a path that is not there yet. */
export function mountSmallDisk(t: TestContext, path: string, bytes: number): SmallDisk | undefined {
  const remount = (options: string): void => run('mount', '-o', `remount,${options}`, path);
  mkdirSync(path, { mode: 0o700 });
  const options = `size=${bytes},mode=0700`;
  const isThere = tried(t, 'a file system in memory', () =>
    run('mount', '-t', 'tmpfs', '-o', options, 'raw-exec-test', path),
  );
  if (!isThere) return undefined;
  let isMounted = true;
  const remove = (): void => {
    if (isMounted) unmount(path);
    isMounted = false;
  };
  cleanUp(t, remove);
  return {
    unmount: remove,
    grow: (size) => remount(`size=${size}`),
    makeReadOnly: () => remount('ro'),
    makeWritable: () => remount('rw'),
  };
}

export interface FreezableDisk {
  freeze(): void;
  thaw(): void;
}

/** An ext4 in a file beside the path, which is not there yet. While it is frozen, whoever writes to it waits in the kernel. */
export function mountFreezableDisk(t: TestContext, path: string): FreezableDisk | undefined {
  const image = `${path}.image`;
  mkdirSync(path);
  let isFrozen = false;
  const disk = {
    freeze: () => {
      run('fsfreeze', '--freeze', path);
      isFrozen = true;
    },
    thaw: () => {
      run('fsfreeze', '--unfreeze', path);
      isFrozen = false;
    },
  };
  const isThere = tried(t, 'a file system that can be frozen', () => {
    writeFileSync(image, '');
    truncateSync(image, 32 * 1024 * 1024);
    run('mkfs.ext4', '-q', '-F', image);
    run('mount', '-o', 'loop', image, path);
  });
  if (!isThere) return undefined;
  cleanUp(t, () => {
    if (isFrozen) disk.thaw();
    unmount(path);
  });
  return disk;
}

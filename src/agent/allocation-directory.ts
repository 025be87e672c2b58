// Owner of allocation directories: makes them, and takes them away.

import { chmod, mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { RawExecError } from '../errors.ts';
import { unpackFailure } from '../native/groups.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';
import type { AllocationPaths, TaskPaths } from './allocation-paths.ts';

/** Tasks of several users share these directories; who may reach them at all is decided by the base directory. */
const sharedMode = 0o777;
/** Only the task's user. */
const secretMode = 0o700;
/** Others may pass through but not look around: the names inside are random. */
const baseMode = 0o711;

/** A directory that holds allocations. */
export interface AllocationBase {
  readonly path: string;
  /** Takes it away if it was made here and nothing is left in it. */
  release(): Promise<void>;
}

/**
 * The directory that allocations are made in: `wanted`, or a fresh one in the directory for temporary files.
 *
 * Not in the user's home: that is closed to the users that tasks may run as.
 * @param name goes into the name of a fresh one
 */
export async function openAllocationBase(
  wanted: string | undefined,
  name: string,
): Promise<AllocationBase> {
  if (wanted !== undefined) {
    const path = resolve(wanted);
    const isNew = await ensureDirectory(path);
    if (isNew) await chmod(path, baseMode);
    return { path, release: () => (isNew ? removeIfEmpty(path) : Promise.resolve()) };
  }
  const safeName = name.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 40);
  const path = await mkdtemp(join(tmpdir(), `raw-exec-${safeName}-`));
  await chmod(path, baseMode);
  return { path, release: () => removeIfEmpty(path) };
}

/** Whom the directories that only one user may read belong to. */
export interface DirectoryOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Makes the part that all tasks share. Fails when it is there already.
 *
 * Closed to others until `openAllocationDirectory`: in the directories that all may write, another user could put a link in the place of
 * one that is about to be handed over to the task's user.
 */
export async function makeAllocationDirectory(paths: AllocationPaths): Promise<void> {
  const { root, shared, logs, sharedTmp, data } = paths;
  await makeDirectories([
    { path: root, mode: secretMode },
    ...[shared, logs, sharedTmp, data].map((path) => ({ path, mode: sharedMode })),
  ]);
}

/** Lets the users of tasks in, when all is made. */
export async function openAllocationDirectory({ root }: AllocationPaths): Promise<void> {
  await chmod(root, baseMode);
}

/** Makes the part of one task. `owner`: the task's user, where that is not the user of this process. */
export async function makeTaskDirectory(
  paths: TaskPaths,
  owner: DirectoryOwner | undefined,
): Promise<void> {
  const { root, local, tmp, secrets, private: own } = paths;
  await makeDirectories([
    ...[root, local, tmp].map((path) => ({ path, mode: sharedMode })),
    ...[secrets, own].map((path) => ({ path, mode: secretMode, owner })),
  ]);
}

/**
 * Takes an allocation away with all that its tasks have written; nothing else, whatever they have put there.
 * Rejects with `ERR_ALLOCATION_LEFT` when something of it stays.
 */
export async function removeAllocationDirectory({ root }: AllocationPaths): Promise<void> {
  const errno = await native.removeTree(root);
  if (errno === 0) return;
  throw new RawExecError(
    'ERR_ALLOCATION_LEFT',
    `cannot remove all of ${root}: ${describeErrno(errno)}. Look at what is left there, unmount what is mounted, and remove it`,
    { errno, path: root },
  );
}

interface NewDirectory {
  readonly path: string;
  /** Exactly: the umask must not decide about it. */
  readonly mode: number;
  readonly owner?: DirectoryOwner | undefined;
}

async function makeDirectories(wanted: readonly NewDirectory[]): Promise<void> {
  const paths = wanted.map(({ path }) => path).join('\0');
  const attributes = wanted.flatMap(({ mode, owner }) => [
    mode,
    owner?.uid ?? -1,
    owner?.gid ?? -1,
  ]);
  const failure = unpackFailure(await native.makeDirectories(paths, Float64Array.from(attributes)));
  if (failure === undefined) return;
  const { errno, index } = failure;
  const path = wanted[index]?.path ?? '';
  throw new RawExecError(
    'ERR_ALLOCATION_DIRECTORY',
    `cannot make the directory ${path}: ${describeErrno(errno)}`,
    { errno, path },
  );
}

async function removeIfEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    // Something was kept in it, or somebody else took it away.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(String(codeOf(error)))) throw error;
  }
}

/**
 * Makes a directory and those above it; not by mkdir's own `recursive`, which never ends below a directory like /proc,
 * where nothing can be made and the answer is ENOENT.
 *
 * @returns whether it was made here
 */
async function ensureDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return false;
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || parent === path || !(await ensureDirectory(parent)))
      throw error;
    await mkdir(path);
    return true;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

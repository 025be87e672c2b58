// Owner of the groups of one trial: whether a process can be started in groups below a place.

import { existsSync, readdirSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNowMs } from '../clock.ts';
import { RawExecError, SpawnError } from '../errors.ts';
import { spawn } from '../process/spawn.ts';
import { codeOf } from '../system-code.ts';
import { copyCpuset } from './cpuset-v1.ts';
import { placeErrorOf } from './place-errors.ts';
import type { V1Parent } from './task-place.ts';

/** How long a group may stay busy after its last process has been waited for. */
const removalDeadlineMs = 2000;

/** Parents that the trial is about. */
export interface TrialParents {
  readonly v2?: string;
  readonly v1: readonly V1Parent[];
}

/** What a trial has found. */
export interface TrialFailure {
  /** The parent under which the process could not be put; undefined when it was not about a group. */
  readonly parent?: string;
  readonly error: unknown;
}

let serial = 0;

/** A name that no other trial has at this moment. */
export function trialName(): string {
  serial += 1;
  return `trial-${process.pid}.${serial}`;
}

/**
 * Starts a process in the groups `name`, which are there below the parents.
 * @returns undefined when it worked
 */
export async function tryPlace(
  parents: TrialParents,
  name: string,
): Promise<TrialFailure | undefined> {
  for (const parent of directoriesOf(parents)) {
    try {
      await removeStaleTrials(parent);
      if (parents.v1.some((v1) => v1.directory === parent && v1.controller === 'cpuset')) {
        await copyCpuset(`${parent}/${name}`);
      }
    } catch (error) {
      return { parent, error: placeErrorOf(parent, error) };
    }
  }
  return startIn(parents, name);
}

/** Those that are mounted together once. */
export function directoriesOf({ v2, v1 }: TrialParents): readonly string[] {
  const all = [...(v2 === undefined ? [] : [v2]), ...v1.map(({ directory }) => directory)];
  return [...new Set(all)];
}

/**
 * The process enters the groups before it executes anything, so a program that is not there is enough: when that is what the
 * start fails with, everything before has worked, and the process has been waited for.
 */
function startIn(parents: TrialParents, name: string): TrialFailure | undefined {
  const { v2 } = parents;
  const v1 = [...new Set(parents.v1.map(({ directory }) => directory))].map(
    (directory) => [directory, `${directory}/${name}`] as const,
  );
  const nowhere = `${v2 ?? parents.v1[0]?.directory ?? ''}/${name}/none`;
  try {
    spawn(nowhere, [], {
      stdio: 'ignore',
      cgroup: {
        ...(v2 !== undefined && { v2: `${v2}/${name}` }),
        ...(v1.length > 0 && { v1: Object.fromEntries(v1) }),
      },
    });
  } catch (error) {
    if (!(error instanceof SpawnError)) {
      throw error;
    }
    if (error.step === 'exec') {
      return undefined;
    }
    const parent = directoriesOf(parents).find(
      (directory) => error.path === `${directory}/${name}`,
    );
    return { ...(parent !== undefined && { parent }), error: placeErrorOf(parent ?? '', error) };
  }
  throw new Error(`${nowhere} was executed, and cannot be there`);
}

/** What a trial has left that was cut short by SIGKILL. */
async function removeStaleTrials(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const pid = /^trial-(\d+)\.\d+$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) {
      await removeTrial(`${parent}/${name}`);
    }
  }
}

/** Removes the group of a trial; harmless when it is not there. */
export async function removeTrial(directory: string): Promise<void> {
  // rmdir(2) has other reasons to refuse what is not there: EROFS, for example.
  if (!existsSync(directory)) {
    return;
  }
  const giveUpAtMs = monotonicNowMs() + removalDeadlineMs;
  for (let pauseMs = 1; ; pauseMs *= 2) {
    try {
      await rmdir(directory);
      return;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') {
        return;
      }
      // The kernel lets go of the group of a dead process a moment after that was waited for.
      if (code !== 'EBUSY') {
        throw placeErrorOf(directory, error);
      }
      if (monotonicNowMs() > giveUpAtMs) {
        throw stillBusy(directory, error);
      }
    }
    await delay(pauseMs);
  }
}

function stillBusy(directory: string, cause: unknown): RawExecError {
  const text =
    `cannot remove the cgroup ${directory} of a trial: EBUSY, ${removalDeadlineMs} ms after its process had ended. ` +
    'Look into its cgroup.procs for who has entered it, and remove it by rmdir';
  return new RawExecError('ERR_CGROUP', text, { path: directory, cause });
}

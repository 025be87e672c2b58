// Owner of the agent's files: one for each job and each allocation, each written as a whole beside its place and moved there.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { RawExecError } from '../../errors.ts';
import { messageOf } from '../../message-of.ts';
import { native } from '../../native.ts';
import { describeErrno } from '../../process/errno.ts';
import { type FileChange, GroupWriter } from './group-writer.ts';
import {
  type AllocationRecord,
  allocationRecordSchema,
  type JobRecord,
  jobRecordSchema,
} from './records.ts';

/** What was found at the start. */
export interface LoadedState {
  readonly jobs: readonly JobRecord[];
  readonly allocations: readonly AllocationRecord[];
  /** About files that could not be used, and were set aside. */
  readonly warnings: readonly string[];
}

const suffix = '.json';
/** Files of this state hold what tasks are told, secrets among it. */
const fileMode = 0o600;
const directoryMode = 0o700;

export class StateStore {
  readonly #jobs: string;
  readonly #allocations: string;
  /** A lane each: a disk that takes its time with a synced job holds up no allocation. */
  readonly #jobWriter = new GroupWriter((changes) => makeChanges(changes, true));
  readonly #allocationWriter = new GroupWriter((changes) => makeChanges(changes, false));

  private constructor(directory: string) {
    this.#jobs = join(directory, 'jobs');
    this.#allocations = join(directory, 'allocations');
  }

  /** @param directory that of the agent: there */
  static async open(directory: string): Promise<StateStore> {
    const store = new StateStore(directory);
    for (const path of [store.#jobs, store.#allocations]) {
      await mkdir(path, { recursive: true, mode: directoryMode });
    }
    return store;
  }

  /** Files that are damaged, or of a version to come, get another name, and the rest is as if they were not there. */
  async load(): Promise<LoadedState> {
    const warnings: string[] = [];
    const jobs = await loadAll(this.#jobs, jobRecordSchema, warnings);
    const allocations = await loadAll(this.#allocations, allocationRecordSchema, warnings);
    return { jobs, allocations, warnings };
  }

  /** Resolves when a host that loses power now would still have it. */
  saveJob(record: JobRecord): Promise<void> {
    return this.#jobWriter.write(this.#jobFile(record.id), () => JSON.stringify(record));
  }

  /** Resolves when it would outlive this process. Several that wait are written once, as they are then. */
  saveAllocation(record: AllocationRecord): Promise<void> {
    const file = this.#allocationFile(record.id);
    return this.#allocationWriter.write(file, () => JSON.stringify(record));
  }

  removeJob(id: string): Promise<void> {
    return this.#jobWriter.remove(this.#jobFile(id));
  }

  removeAllocation(id: string): Promise<void> {
    return this.#allocationWriter.remove(this.#allocationFile(id));
  }

  /** Resolves when nothing is being written. */
  async flush(): Promise<void> {
    await Promise.all([this.#jobWriter.flush(), this.#allocationWriter.flush()]);
  }

  /** Ids of jobs hold any character but blanks, and have any length. */
  #jobFile(id: string): string {
    return join(this.#jobs, createHash('sha256').update(id).digest('hex') + suffix);
  }

  #allocationFile(id: string): string {
    return join(this.#allocations, id + suffix);
  }
}

async function loadAll<Schema extends v.GenericSchema>(
  directory: string,
  schema: Schema,
  warnings: string[],
): Promise<v.InferOutput<Schema>[]> {
  const records: v.InferOutput<Schema>[] = [];
  for (const name of await readdir(directory)) {
    if (!name.endsWith(suffix)) continue;
    const path = join(directory, name);
    try {
      // One after the other, and at once: nobody is answered before all are read, and a trip to a thread takes longer than the file.
      records.push(v.parse(schema, JSON.parse(readFileSync(path, 'utf8'))));
    } catch (error) {
      const aside = `${path}.damaged`;
      await rename(path, aside);
      warnings.push(`${path} cannot be used and is ${aside} now: ${messageOf(error)}`);
    }
  }
  return records;
}

async function makeChanges(
  changes: readonly FileChange[],
  isSynced: boolean,
): Promise<(Error | undefined)[]> {
  const paths: string[] = [];
  const texts: string[] = [];
  for (const { path, text } of changes) {
    if (text === undefined) continue;
    paths.push(path);
    texts.push(text);
  }
  const writing = native.replaceFiles(paths.join('\0'), texts.join('\0'), fileMode, isSynced);
  const removing = changes.map(({ path, text }) =>
    text === undefined ? removeFile(path) : Promise.resolve(undefined),
  );
  const errnos = await writing;
  const removed = await Promise.all(removing);
  let next = 0;
  return changes.map(({ path, text }, at) => {
    if (text === undefined) return removed[at];
    const errno = errnos[next] ?? 0;
    next += 1;
    return errno === 0 ? undefined : cannotWrite(path, errno);
  });
}

async function removeFile(path: string): Promise<Error | undefined> {
  try {
    await rm(path, { force: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function cannotWrite(path: string, errno: number): RawExecError {
  return new RawExecError(
    'ERR_AGENT_STATE',
    `cannot write ${path}: ${describeErrno(errno)}. What it said before still holds for the next agent`,
    { errno, path },
  );
}

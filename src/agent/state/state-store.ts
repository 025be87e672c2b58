// Owner of the agent's files: one for each job and each allocation, each written as a whole beside its place and moved there.

import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../message-of.ts';
import { hasErrorCode } from '../../system-code.ts';
import {
  type AllocationRecord,
  allocationRecordSchema,
  type JobRecord,
  jobRecordSchema,
} from './records.ts';
import { SerialWriter } from './serial-writer.ts';

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
  readonly #writer = new SerialWriter(replaceFile);

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
    return this.#writer.write(this.#jobFile(record.id), () => JSON.stringify(record), 'synced');
  }

  /** Resolves when it would outlive this process. Several that wait are written once, as they are then. */
  saveAllocation(record: AllocationRecord): Promise<void> {
    const file = this.#allocationFile(record.id);
    return this.#writer.write(file, () => JSON.stringify(record), 'written');
  }

  removeJob(id: string): Promise<void> {
    return this.#writer.remove(this.#jobFile(id));
  }

  removeAllocation(id: string): Promise<void> {
    return this.#writer.remove(this.#allocationFile(id));
  }

  /** Resolves when nothing is being written. */
  flush(): Promise<void> {
    return this.#writer.flush();
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
      records.push(v.parse(schema, JSON.parse(await readFile(path, 'utf8'))));
    } catch (error) {
      const aside = `${path}.damaged`;
      await rename(path, aside);
      warnings.push(`${path} cannot be used and is ${aside} now: ${messageOf(error)}`);
    }
  }
  return records;
}

async function replaceFile(
  path: string,
  text: string | undefined,
  isSynced: boolean,
): Promise<void> {
  if (text === undefined) {
    await rm(path, { force: true });
    return;
  }
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w', fileMode);
  try {
    await file.writeFile(text);
    if (isSynced) await file.datasync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  if (isSynced) await syncDirectory(join(path, '..'));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } catch (error) {
    // Some file systems have nothing to do for it.
    if (!hasErrorCode(error, ['EINVAL'])) throw error;
  } finally {
    await directory.close();
  }
}

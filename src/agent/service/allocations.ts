// Owner of the agent's allocations: places them, keeps their records, and knows which have ended.

import { randomUUID } from 'node:crypto';
import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import type { Diagnostic } from '../../job/hcl/syntax.ts';
import type { Job, TaskGroup } from '../../job/job-model.ts';
import { messageOf } from '../../message-of.ts';
import type { AgentLog } from '../agent-log.ts';
import { allocationPaths } from '../allocation-paths.ts';
import { hostAddress } from '../host-node.ts';
import { checkConstraints } from '../job-constraints.ts';
import type { AgentCounters } from '../metrics/agent-counters.ts';
import { type AssignedPort, assignPorts } from '../port-assignment.ts';
import { hostFor, type PreparedAllocation, prepareAllocation } from '../prepared-job.ts';
import type { HostContext } from '../prepared-task.ts';
import { SecretsMounts } from '../secrets-mounts.ts';
import type { AllocationRecord, JobRecord } from '../state/records.ts';
import type { StateStore } from '../state/state-store.ts';
import { reservePorts } from '../static-ports.ts';
import type { EventJournal } from './event-journal.ts';
import { HeldPorts, portsOf, portTaken } from './held-ports.ts';
import { readStoredJob, storedVersion } from './job-versions.ts';
import { type AllocationKeeper, ManagedAllocation } from './managed-allocation.ts';
import { unknownAllocation } from './meant-tasks.ts';
import { newAllocationRecord } from './new-allocation.ts';
import type { Placement } from './place-allocations.ts';

export interface AllocationsOptions {
  readonly store: StateStore;
  readonly driver: RawExecDriver;
  readonly counters: AgentCounters;
  readonly allocationBase: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reservedPorts: readonly number[];
  readonly log: AgentLog;
  /** Also tells those who wait that something has changed. */
  readonly nextIndex: () => number;
  readonly journal: EventJournal;
  readonly ended: (record: AllocationRecord) => void;
}

/** How many directories are removed at once: each takes a thread. */
const mostRemovals = 8;

interface Entry {
  readonly managed: ManagedAllocation;
  /** Resolves when nothing of it runs, and nothing will. */
  running: Promise<void>;
}

export class Allocations {
  readonly #options: AllocationsOptions;
  readonly #entries = new Map<string, Entry>();
  /** The same by job: lists of many jobs ask for each. */
  readonly #ofJobs = new Map<string, Set<Entry>>();
  readonly #hosts = new WeakMap<Job, HostContext>();
  readonly #ports: HeldPorts;
  readonly #keeper: AllocationKeeper;
  #isLeaving = false;

  constructor(options: AllocationsOptions) {
    this.#options = options;
    this.#ports = new HeldPorts(options.reservedPorts);
    this.#keeper = {
      driver: options.driver,
      counters: options.counters,
      changed: (record) => this.#changed(record),
      ended: ({ record }) => this.#noteEnd(record),
      log: options.log,
      secrets: new SecretsMounts(options.log),
    };
  }

  /** The oldest first: they are added in that order. */
  records(): AllocationRecord[] {
    return Array.from(this.#entries.values(), ({ managed }) => managed.record);
  }

  /** The same of one job. */
  recordsOf(jobId: string): AllocationRecord[] {
    return Array.from(this.#ofJobs.get(jobId) ?? [], ({ managed }) => managed.record);
  }

  record(id: string): AllocationRecord | undefined {
    return this.#entries.get(id)?.managed.record;
  }

  /** Throws `ERR_ALLOCATION_UNKNOWN`. */
  known(id: string): AllocationRecord {
    const record = this.record(id);
    if (record === undefined) throw unknownAllocation(id);
    return record;
  }

  logDirectory(id: string): string | undefined {
    return this.#entries.get(id)?.managed.prepared.allocation.paths.logs;
  }

  /** One that an earlier agent has kept, after those that are older. Throws when its job is not there any more. */
  add(record: AllocationRecord, job: JobRecord | undefined): void {
    const stored = job === undefined ? undefined : storedVersion(job, record.jobVersion);
    if (stored === undefined) throw new Error(`its job ${record.jobId} is not there`);
    const { prepared } = this.#prepare(record, readStoredJob(stored, record.jobId));
    const managed = new ManagedAllocation(record, prepared, this.#keeper);
    this.#addEntry({ managed, running: Promise.resolve() });
    if (!record.isOver) this.#ports.hold(record);
  }

  /** To be called when all that were kept have been added. */
  resume(id: string): void {
    const entry = this.#entry(id);
    const { previousId = '' } = entry.managed.record;
    this.#run(entry, async (managed) => {
      if (managed.record.isBegun) return managed.resume();
      await this.whenEnded([previousId]);
      return managed.begin();
    });
  }

  /** Why the host may have no allocation of a group; empty when it may. */
  async refusals(model: Job, group: TaskGroup): Promise<string[]> {
    const { node } = this.#host(model);
    return errorsOf(await checkConstraints({ ...model, groups: [group] }, node));
  }

  /** Makes an allocation and begins it. @returns why it cannot be placed; empty when it is */
  async place(
    job: JobRecord,
    model: Job,
    placement: Placement,
    evaluationId: string,
  ): Promise<string[]> {
    const { group, previous } = placement;
    const isWaiting = previous !== undefined && !previous.isOver;
    const inherited = new Set(isWaiting ? portsOf(previous) : []);
    const reserved = reservePorts(group, this.#ports.pool, inherited);
    if (reserved.taken.length > 0) return reserved.taken.map(portTaken);
    const hostIp = this.#host(model).node['attr.unique.network.ip-address'] ?? hostAddress();
    const taskPorts: Record<string, AssignedPort[]> = {};
    const ports = await assignPorts(group.networks, hostIp, this.#ports.pool);
    for (const { name, resources } of group.tasks) {
      taskPorts[name] = await assignPorts(resources.networks, hostIp, this.#ports.pool);
    }
    const record = newAllocationRecord({
      ...{ id: randomUUID(), job, model, placement, evaluationId, ports, taskPorts },
      index: this.#options.nextIndex(),
      nowMs: Date.now(),
    });
    this.#ports.hold(record);
    const { prepared, diagnostics } = this.#prepare(record, model);
    const problems = errorsOf(diagnostics);
    if (problems.length > 0) {
      this.#ports.release(record);
      return problems;
    }
    const managed = new ManagedAllocation(record, prepared, this.#keeper);
    const entry = { managed, running: Promise.resolve() };
    this.#addEntry(entry);
    this.#options.journal.add(record.createIndex, {
      topic: 'Allocation',
      type: 'AllocationCreated',
      record,
    });
    const saved = this.#options.store.saveAllocation(record);
    // What is started has a record.
    this.#run(entry, async (one) => {
      await saved;
      // It may have what this one needs: ports, files, locks.
      if (isWaiting) await this.whenEnded([previous.id]);
      await one.begin();
    });
    if (previous !== undefined) {
      previous.nextId = record.id;
      this.note(previous);
    }
    return [];
  }

  /** Asks it to end; see `whenEnded`. */
  async end(id: string, reason: string): Promise<void> {
    await this.#entry(id).managed.end(reason);
  }

  /** Rejects with `ERR_TASK_NOT_RUNNING`. */
  restart(id: string, tasks: readonly string[]): Promise<void> {
    return this.#entry(id).managed.restart(tasks);
  }

  /** Rejects with `ERR_TASK_NOT_RUNNING`, and as the driver's `signalTask`. */
  signal(id: string, tasks: readonly string[], signal: string): Promise<void> {
    return this.#entry(id).managed.signal(tasks, signal);
  }

  /** Rejects when one of them is no longer looked after: something of it may run. */
  async whenEnded(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#entries.get(id)?.running;
  }

  /** Also those that cannot be looked after: nobody can wait for them. */
  async allEnded(): Promise<void> {
    await Promise.allSettled([...this.#entries.values()].map(({ running }) => running));
  }

  /** Forgets one that has ended, with its directory. */
  async remove(id: string): Promise<void> {
    await this.whenEnded([id]);
    const entry = this.#entries.get(id);
    await entry?.managed.remove();
    // Somebody else may have been faster.
    if (entry === undefined || !this.#entries.delete(id)) return;
    const { jobId } = entry.managed.record;
    const siblings = this.#ofJobs.get(jobId);
    siblings?.delete(entry);
    if (siblings?.size === 0) this.#ofJobs.delete(jobId);
    this.#options.nextIndex();
    await this.#options.store.removeAllocation(id);
  }

  /** The same for all of a job. */
  async removeAll(jobId: string): Promise<void> {
    const ids = this.recordsOf(jobId).map(({ id }) => id);
    while (ids.length > 0) {
      const some = ids.splice(0, mostRemovals);
      await Promise.all(some.map((id) => this.remove(id)));
    }
  }

  /** Removes the directory of one that has ended; what is known of it stays. */
  async removeDirectory(id: string): Promise<void> {
    await this.whenEnded([id]);
    const { managed } = this.#entry(id);
    await managed.remove();
    managed.record.isCollected = true;
    await this.#changed(managed.record);
  }

  /** Writes a change that was made from outside. */
  note(record: AllocationRecord): void {
    this.#changed(record).catch((error: unknown) => {
      const what = `cannot write the state of allocation ${record.id}: ${messageOf(error)}`;
      this.#options.log.error(what, { job: record.jobId, allocation: record.id });
    });
  }

  leave(): void {
    this.#isLeaving = true;
    for (const { managed } of this.#entries.values()) managed.leave();
  }

  #run(entry: Entry, begin: (managed: ManagedAllocation) => Promise<void>): void {
    entry.running = begin(entry.managed).catch((error: unknown) => {
      const { id: allocation, jobId: job } = entry.managed.record;
      const what = `allocation ${allocation} is no longer looked after: ${messageOf(error)}`;
      this.#options.log.error(what, { job, allocation });
      throw error;
    });
    // It is told; who waits for the end hears of it, too.
    entry.running.catch(() => undefined);
  }

  #prepare(
    record: AllocationRecord,
    job: Job,
  ): { prepared: PreparedAllocation; diagnostics: readonly Diagnostic[] } {
    const group = job.groups.find(({ name }) => name === record.group);
    if (group === undefined) throw new Error(`its group ${record.group} is not there`);
    const { id, name, index, ports, taskPorts } = record;
    const paths = allocationPaths(this.#options.allocationBase, id);
    const allocation = { id, name, index, job, group, paths, ports };
    return prepareAllocation(allocation, this.#host(job), new Map(Object.entries(taskPorts)));
  }

  /** Looked at once for each job and version: it asks the system for much that hardly changes. */
  #host(job: Job): HostContext {
    let host = this.#hosts.get(job);
    if (host === undefined) {
      host = hostFor(job, this.#options.env);
      this.#hosts.set(job, host);
    }
    return host;
  }

  async #changed(record: AllocationRecord): Promise<void> {
    // What is forgotten has no file.
    if (!this.#entries.has(record.id)) return;
    // The next agent sees what this one has left. Whoever waits for the write must not go on as if it were done.
    if (this.#isLeaving) await new Promise(() => undefined);
    record.modifyIndex = this.#options.nextIndex();
    record.modifiedAt = Date.now();
    const change = { topic: 'Allocation', type: 'AllocationUpdated', record } as const;
    this.#options.journal.add(record.modifyIndex, change);
    await this.#options.store.saveAllocation(record);
  }

  #noteEnd(record: AllocationRecord): void {
    this.#ports.release(record);
    this.#options.ended(record);
  }

  #addEntry(entry: Entry): void {
    const { id, jobId } = entry.managed.record;
    this.#entries.set(id, entry);
    const siblings = this.#ofJobs.get(jobId) ?? new Set();
    this.#ofJobs.set(jobId, siblings.add(entry));
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`there is no allocation ${id}`);
    return entry;
  }
}

function errorsOf(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ summary, detail }) => (detail === undefined ? summary : `${summary}. ${detail}`));
}

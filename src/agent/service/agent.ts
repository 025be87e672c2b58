// Owner of all jobs and allocations of one host: what is registered is run, kept, taken over after a restart, and ended when asked.

import { EventEmitter } from 'node:events';
import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import { messageOf } from '../../message-of.ts';
import { Turns } from '../../turns.ts';
import type { AgentLog } from '../agent-log.ts';
import { allocationPaths } from '../allocation-paths.ts';
import type { AgentCounters } from '../metrics/agent-counters.ts';
import type { AllocationRecord, EvaluationRecord, JobRecord } from '../state/records.ts';
import type { StateStore } from '../state/state-store.ts';
import { Allocations } from './allocations.ts';
import { clientStatus } from './client-status.ts';
import { evaluateJob } from './evaluate-job.ts';
import { EventJournal } from './event-journal.ts';
import { GarbageCollector } from './garbage-collector.ts';
import type { GcSettings } from './garbage-plan.ts';
import { newJobRecord, type Registration, updateJobRecord } from './job-record.ts';
import { newestVersion, readStoredJob } from './job-versions.ts';
import { Jobs } from './jobs.ts';
import { meantTasks } from './meant-tasks.ts';
import { Reschedules } from './reschedules.ts';

export interface AgentOptions {
  readonly store: StateStore;
  readonly driver: RawExecDriver;
  readonly counters: AgentCounters;
  /** The directory of the allocation directories: absolute, and there. */
  readonly allocationBase: string;
  /** The environment of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ports of the host that no job gets. */
  readonly reservedPorts: readonly number[];
  readonly gc: GcSettings;
  readonly log: AgentLog;
}

export interface AgentEvents {
  /** Something is changing: the new index. It has changed in the next turn of the event loop. */
  changed: [index: number];
}

export class Agent {
  readonly events = new EventEmitter<AgentEvents>();
  readonly journal = new EventJournal();
  readonly garbage: GarbageCollector;
  readonly #options: AgentOptions;
  readonly #jobs = new Jobs();
  readonly #allocations: Allocations;
  readonly #turns = new Turns();
  readonly #reschedules: Reschedules;
  #index = 1;
  #isLeaving = false;
  /** All tasks are being ended: nothing new is started. */
  #isEnding = false;

  private constructor(options: AgentOptions) {
    this.#options = options;
    this.#allocations = new Allocations({
      ...options,
      journal: this.journal,
      nextIndex: () => this.#nextIndex(),
      ended: (record) => this.#noteEnd(record),
    });
    this.#reschedules = new Reschedules({
      note: (record) => this.#allocations.note(record),
      replace: (record) => this.#replace(record),
      log: options.log,
    });
    this.garbage = new GarbageCollector({
      settings: options.gc,
      allocations: this.#allocations,
      allocationBase: options.allocationBase,
      jobs: () => this.jobs(),
      forgetJob: (job, isStillDead) => this.#forget(job, isStillDead),
      log: options.log,
    });
    // Any number of blocking queries.
    this.events.setMaxListeners(0);
  }

  /** Takes everything over that an earlier agent has left. */
  static async open(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options);
    const { jobs, allocations, warnings } = await options.store.load();
    for (const warning of warnings) options.log.warn(warning);
    for (const job of jobs) agent.#jobs.add(job);
    const indexes = [...jobs, ...allocations].map(({ modifyIndex }) => modifyIndex);
    agent.#index = Math.max(1, ...indexes);
    // One that stands for another waits for its end, so that has to be taken over first.
    const oldestFirst = allocations.toSorted((a, b) => a.createIndex - b.createIndex);
    for (const allocation of oldestFirst.filter((one) => agent.#add(one)))
      agent.#takeOver(allocation);
    // What was registered or asked for, and not done yet.
    for (const job of jobs) {
      try {
        await agent.#turns.take(job.id, () => agent.#evaluate(job, 'agent-start'));
      } catch (error) {
        // One that cannot be read any more is no reason to leave the others.
        options.log.error(`cannot look after job ${job.id}: ${messageOf(error)}`, { job: job.id });
      }
    }
    agent.garbage.wake();
    return agent;
  }

  /** Grows with each change. */
  get index(): number {
    return this.#index;
  }

  jobs(): readonly JobRecord[] {
    return this.#jobs.list();
  }

  job(id: string): JobRecord | undefined {
    return this.#jobs.get(id);
  }

  /** @param jobId absent: those of all jobs */
  allocations(jobId?: string): readonly AllocationRecord[] {
    return jobId === undefined ? this.#allocations.records() : this.#allocations.recordsOf(jobId);
  }

  allocation(id: string): AllocationRecord | undefined {
    return this.#allocations.record(id);
  }

  evaluation(id: string): EvaluationRecord | undefined {
    return this.#jobs.evaluation(id);
  }

  /** The whole directory of an allocation; it may not be there yet, or any more. */
  allocationDirectory(id: string): string | undefined {
    const record = this.allocation(id);
    return record && allocationPaths(this.#options.allocationBase, record.id).root;
  }

  /** Where the log files of an allocation are. */
  logDirectory(allocationId: string): string | undefined {
    return this.#allocations.logDirectory(allocationId);
  }

  /** Registers a job, or a new version of one. Resolves when it is kept and its allocations are decided; they may not run yet. */
  register(registration: Registration): Promise<EvaluationRecord> {
    const { job } = registration;
    return this.#turns.take(job.id, async () => {
      const index = this.#nextIndex();
      const known = this.#jobs.get(job.id);
      const now = Date.now();
      const record = known ?? newJobRecord(registration, index, now);
      if (known !== undefined) updateJobRecord(known, registration, index, now);
      this.#jobs.add(record);
      this.journal.add(index, { topic: 'Job', type: 'JobRegistered', record });
      return this.#evaluate(record, 'job-register');
    });
  }

  /**
   * Ends a job's allocations. `isPurged`: and forgets it, with their directories, once they have ended. Rejects with
   * `ERR_JOB_UNKNOWN`.
   */
  deregister(id: string, isPurged: boolean): Promise<EvaluationRecord> {
    return this.#turns.take(id, async () => {
      const record = this.#jobs.known(id);
      record.isStopped = true;
      record.modifyIndex = this.#nextIndex();
      this.journal.add(record.modifyIndex, { topic: 'Job', type: 'JobDeregistered', record });
      this.garbage.wake();
      const evaluation = await this.#evaluate(record, 'job-deregister');
      if (isPurged) {
        this.#purge(record).catch((error: unknown) => {
          this.#options.log.error(`cannot purge job ${id}: ${messageOf(error)}`, { job: id });
        });
      }
      return evaluation;
    });
  }

  /** Looks again whether the job has what it is to have. Rejects with `ERR_JOB_UNKNOWN`. */
  evaluate(id: string): Promise<EvaluationRecord> {
    return this.#turns.take(id, async () => this.#evaluate(this.#jobs.known(id), 'job-eval'));
  }

  /** Ends an allocation; another one takes its place unless its job was stopped. Rejects with `ERR_ALLOCATION_UNKNOWN`. */
  async stopAllocation(id: string): Promise<EvaluationRecord> {
    const { jobId } = this.#allocations.known(id);
    return this.#turns.take(jobId, async () => {
      await this.#allocations.end(id, 'somebody has asked for it');
      return this.#evaluate(this.#jobs.known(jobId), 'alloc-stop');
    });
  }

  /**
   * Starts tasks of an allocation again, whatever their policies say. `task`: absent for all that run. Rejects with
   * `ERR_ALLOCATION_UNKNOWN`, `ERR_TASK_UNKNOWN` and `ERR_TASK_NOT_RUNNING`.
   */
  async restart(id: string, task?: string): Promise<void> {
    await this.#allocations.restart(id, meantTasks(this.#allocations.known(id), task));
  }

  /** The same for a signal; also rejects as the driver's `signalTask`. */
  async signal(id: string, signal: string, task?: string): Promise<void> {
    await this.#allocations.signal(id, meantTasks(this.#allocations.known(id), task), signal);
  }

  /** Resolves when the state is in its files; tasks go on, and the next agent takes them over. */
  async leave(): Promise<void> {
    await this.garbage.close();
    // All at once: an allocation that ends before is decided about, and one that ends from here on is the next agent's.
    this.#isLeaving = true;
    this.#reschedules.close();
    this.#allocations.leave();
    await this.#options.store.flush();
  }

  /** Ends all tasks as their jobs say; the jobs stay registered, and the next agent starts them again. */
  async endAll(): Promise<void> {
    this.#isEnding = true;
    this.#reschedules.close();
    for (const { id, isOver } of this.#allocations.records()) {
      if (!isOver) await this.#allocations.end(id, 'the agent is stopping');
    }
    await this.#allocations.allEnded();
  }

  /** @returns whether it can be looked after */
  #add(record: AllocationRecord): boolean {
    try {
      this.#allocations.add(record, this.#jobs.get(record.jobId));
      return true;
    } catch (error) {
      this.#options.log.error(`cannot take allocation ${record.id} over: ${messageOf(error)}`, {
        allocation: record.id,
      });
      return false;
    }
  }

  #takeOver(record: AllocationRecord): void {
    if (record.isOver) this.#reschedules.resume(record);
    else this.#allocations.resume(record.id);
  }

  #evaluate(record: JobRecord, triggeredBy: string): Promise<EvaluationRecord> {
    const { store } = this.#options;
    const allocations = this.#allocations;
    return evaluateJob(
      { store, allocations, journal: this.journal, nextIndex: () => this.#nextIndex() },
      record,
      triggeredBy,
    );
  }

  /** One that has failed is replaced as its reschedule policy says. */
  #noteEnd(record: AllocationRecord): void {
    this.garbage.wake();
    if (this.#isLeaving || record.desired === 'stop' || clientStatus(record) !== 'failed') return;
    const job = this.#jobs.get(record.jobId);
    if (job === undefined || job.isStopped) return;
    const group = readStoredJob(newestVersion(job), job.id).groups.find(
      ({ name }) => name === record.group,
    );
    if (group !== undefined) this.#reschedules.decide(record, group.reschedule);
  }

  #replace(record: AllocationRecord): Promise<void> {
    return this.#turns.take(record.jobId, async () => {
      const job = this.#jobs.get(record.jobId);
      if (job === undefined || job.isStopped || record.nextId !== undefined) return;
      if (this.#isEnding) return;
      record.desired = 'stop';
      record.desiredReason = 'replaced after a failure';
      await this.#evaluate(job, 'alloc-failure');
    });
  }

  /** Not when it was registered again in the meantime. */
  async #purge(record: JobRecord): Promise<void> {
    await this.#allocations.whenEnded(this.allocations(record.id).map(({ id }) => id));
    await this.#forget(record, () => record.isStopped);
  }

  /** With all that it has left. @returns whether it was still to go when its turn came */
  #forget(record: JobRecord, isUnwanted: () => boolean): Promise<boolean> {
    return this.#turns.take(record.id, async () => {
      if (this.#jobs.get(record.id) !== record || !isUnwanted()) return false;
      await this.#allocations.removeAll(record.id);
      this.#jobs.remove(record);
      await this.#options.store.removeJob(record.id);
      this.#nextIndex();
      return true;
    });
  }

  #nextIndex(): number {
    this.#index += 1;
    this.events.emit('changed', this.#index);
    return this.#index;
  }
}

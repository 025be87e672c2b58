// Owner of all jobs and allocations of one host: what is registered is run, kept, taken over after a restart, and ended when asked.

import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import { RawExecError } from '../../errors.ts';
import { apiJob } from '../../job/api-job.ts';
import { longestWaitMs } from '../../job/duration.ts';
import type { Job } from '../../job/job-model.ts';
import { messageOf } from '../../message-of.ts';
import { allocationPaths } from '../allocation-paths.ts';
import type { AgentCounters } from '../metrics/agent-counters.ts';
import type { AllocationRecord, EvaluationRecord, JobRecord } from '../state/records.ts';
import type { StateStore } from '../state/state-store.ts';
import { Allocations } from './allocations.ts';
import { clientStatus } from './client-status.ts';
import { EventJournal } from './event-journal.ts';
import { isOutdated, newestVersion, readStoredJob, trimVersions } from './job-versions.ts';
import { placeAllocations } from './place-allocations.ts';
import { decideReschedule } from './reschedule-policy.ts';
import { Turns } from './turns.ts';

export interface AgentOptions {
  readonly store: StateStore;
  readonly driver: RawExecDriver;
  readonly counters: AgentCounters;
  /** The directory of the allocation directories: absolute, and there. */
  readonly allocationBase: string;
  /** The environment of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line for the operator. */
  readonly log: (message: string) => void;
}

export interface AgentEvents {
  /** Something is changing: the new index. It has changed in the next turn of the event loop. */
  changed: [index: number];
}

/** As many as are kept of each job. */
const mostEvaluations = 20;

export class Agent {
  readonly events = new EventEmitter<AgentEvents>();
  readonly journal = new EventJournal();
  readonly #options: AgentOptions;
  readonly #jobs = new Map<string, JobRecord>();
  readonly #allocations: Allocations;
  readonly #turns = new Turns();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #index = 1;
  #isLeaving = false;

  private constructor(options: AgentOptions) {
    this.#options = options;
    this.#allocations = new Allocations({
      ...options,
      journal: this.journal,
      nextIndex: () => this.#nextIndex(),
      ended: (record) => this.#noteEnd(record),
    });
    // Any number of blocking queries.
    this.events.setMaxListeners(0);
  }

  /** Takes everything over that an earlier agent has left. */
  static async open(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options);
    const { jobs, allocations, warnings } = await options.store.load();
    for (const warning of warnings) options.log(warning);
    for (const job of jobs) agent.#jobs.set(job.id, job);
    const indexes = [...jobs, ...allocations].map(({ modifyIndex }) => modifyIndex);
    agent.#index = Math.max(1, ...indexes);
    for (const allocation of allocations.filter((one) => agent.#add(one)))
      agent.#takeOver(allocation);
    // What was registered or asked for, and not done yet.
    for (const job of jobs) {
      try {
        await agent.#evaluate(job, 'agent-start');
      } catch (error) {
        // One that cannot be read any more is no reason to leave the others.
        options.log(`cannot look after job ${job.id}: ${messageOf(error)}`);
      }
    }
    return agent;
  }

  /** Grows with each change. */
  get index(): number {
    return this.#index;
  }

  jobs(): readonly JobRecord[] {
    return [...this.#jobs.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  job(id: string): JobRecord | undefined {
    return this.#jobs.get(id);
  }

  /** @param jobId absent: those of all jobs */
  allocations(jobId?: string): readonly AllocationRecord[] {
    const all = this.#allocations.records();
    return jobId === undefined ? all : all.filter((one) => one.jobId === jobId);
  }

  allocation(id: string): AllocationRecord | undefined {
    return this.#allocations.record(id);
  }

  evaluation(id: string): EvaluationRecord | undefined {
    for (const { evaluations } of this.#jobs.values()) {
      const found = evaluations.find((one) => one.id === id);
      if (found !== undefined) return found;
    }
    return undefined;
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
  register(job: Job): Promise<EvaluationRecord> {
    return this.#turns.take(job.id, async () => {
      const index = this.#nextIndex();
      const known = this.#jobs.get(job.id);
      const record = known === undefined ? newRecord(job, index) : known;
      if (known !== undefined) updateRecord(known, job, index);
      this.#jobs.set(job.id, record);
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
      const record = this.#jobs.get(id);
      if (record === undefined) throw unknownJob(id);
      record.isStopped = true;
      record.modifyIndex = this.#nextIndex();
      this.journal.add(record.modifyIndex, { topic: 'Job', type: 'JobDeregistered', record });
      const evaluation = await this.#evaluate(record, 'job-deregister');
      if (isPurged) {
        this.#purge(record).catch((error: unknown) => {
          this.#options.log(`cannot purge job ${id}: ${messageOf(error)}`);
        });
      }
      return evaluation;
    });
  }

  /** Looks again whether the job has what it is to have. Rejects with `ERR_JOB_UNKNOWN`. */
  evaluate(id: string): Promise<EvaluationRecord> {
    return this.#turns.take(id, () => {
      const record = this.#jobs.get(id);
      return record === undefined
        ? Promise.reject(unknownJob(id))
        : this.#evaluate(record, 'job-eval');
    });
  }

  /** Ends an allocation; another one takes its place unless its job was stopped. Rejects with `ERR_ALLOCATION_UNKNOWN`. */
  stopAllocation(id: string): Promise<EvaluationRecord> {
    const allocation = this.#allocations.record(id);
    const job = this.#jobs.get(allocation?.jobId ?? '');
    if (allocation === undefined || job === undefined) {
      return Promise.reject(unknownAllocation(id));
    }
    return this.#turns.take(job.id, async () => {
      await this.#allocations.end(id, 'somebody has asked for it');
      return this.#evaluate(job, 'alloc-stop');
    });
  }

  /**
   * Starts tasks of an allocation again, whatever their policies say. `task`: absent for all that run. Rejects with
   * `ERR_ALLOCATION_UNKNOWN`, `ERR_TASK_UNKNOWN` and `ERR_TASK_NOT_RUNNING`.
   */
  async restart(id: string, task?: string): Promise<void> {
    await this.#allocations.restart(id, this.#tasksOf(id, task));
  }

  /** The same for a signal; also rejects as the driver's `signalTask`. */
  async signal(id: string, signal: string, task?: string): Promise<void> {
    await this.#allocations.signal(id, this.#tasksOf(id, task), signal);
  }

  /** Resolves when the state is in its files; tasks go on, and the next agent takes them over. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#allocations.leave();
    await this.#options.store.flush();
  }

  /** Ends all tasks as their jobs say; the jobs stay registered, and the next agent starts them again. */
  async endAll(): Promise<void> {
    for (const { id, isOver } of this.#allocations.records()) {
      if (!isOver) await this.#allocations.end(id, 'the agent is stopping');
    }
    await this.#allocations.allEnded();
  }

  /** That one, or all that run. */
  #tasksOf(id: string, task: string | undefined): string[] {
    const record = this.#allocations.record(id);
    if (record === undefined) throw unknownAllocation(id);
    const names = Object.keys(record.tasks);
    if (task !== undefined) {
      if (names.includes(task)) return [task];
      const what = `allocation ${id} has no task ${JSON.stringify(task)}, but ${names.join(', ')}`;
      throw new RawExecError('ERR_TASK_UNKNOWN', what);
    }
    const running = names.filter((name) => record.tasks[name]?.state === 'running');
    if (running.length > 0) return running;
    throw new RawExecError('ERR_TASK_NOT_RUNNING', `no task of allocation ${id} is running`);
  }

  /** @returns whether it can be looked after */
  #add(record: AllocationRecord): boolean {
    try {
      this.#allocations.add(record, this.#jobs.get(record.jobId));
      return true;
    } catch (error) {
      this.#options.log(`cannot take allocation ${record.id} over: ${messageOf(error)}`);
      return false;
    }
  }

  #takeOver(record: AllocationRecord): void {
    if (!record.isOver) this.#allocations.resume(record.id);
    else if (record.rescheduleAt !== undefined && record.nextId === undefined)
      this.#setTimer(record, record.rescheduleAt);
  }

  /** Decides what the job is to have now, and sets about it. */
  async #evaluate(record: JobRecord, triggeredBy: string): Promise<EvaluationRecord> {
    const job = readStoredJob(newestVersion(record), record.id);
    const { id, isStopped } = record;
    const { place, end } = placeAllocations(
      { job, isStopped, isOutdated: (one) => isOutdated(record, one) },
      this.allocations(id),
    );
    const index = this.#nextIndex();
    const evaluation: EvaluationRecord = {
      id: randomUUID(),
      jobId: id,
      type: job.type,
      priority: job.priority,
      triggeredBy,
      createdAt: Date.now(),
      index,
      jobIndex: record.jobModifyIndex,
      failures: {},
      unplaced: {},
    };
    for (const { allocation, reason } of end) await this.#allocations.end(allocation.id, reason);
    const refused = new Map<string, string[]>();
    for (const placement of place) {
      const { group } = placement;
      const reasons = refused.get(group.name) ?? (await this.#allocations.refusals(job, group));
      refused.set(group.name, reasons);
      const failures =
        reasons.length > 0
          ? reasons
          : await this.#allocations.place(record, job, placement, evaluation.id);
      if (failures.length > 0) noteFailure(evaluation, group.name, failures);
    }
    this.journal.add(index, { topic: 'Evaluation', type: 'EvaluationUpdated', record: evaluation });
    record.evaluations = [...record.evaluations, evaluation].slice(-mostEvaluations);
    trimVersions(record, new Set(this.allocations(id).map(({ jobVersion }) => jobVersion)));
    await this.#options.store.saveJob(record);
    return evaluation;
  }

  /** One that has failed is replaced as its reschedule policy says. */
  #noteEnd(record: AllocationRecord): void {
    if (this.#isLeaving || record.desired === 'stop' || clientStatus(record) !== 'failed') return;
    const job = this.#jobs.get(record.jobId);
    if (job === undefined || job.isStopped) return;
    const group = readStoredJob(newestVersion(job), job.id).groups.find(
      ({ name }) => name === record.group,
    );
    if (group === undefined) return;
    const now = Date.now();
    const decision = decideReschedule(group.reschedule, record.rescheduledAt, now);
    const what = `allocation ${record.id} (${record.name}) has failed`;
    if (decision.kind === 'giveUp') {
      this.#options.log(`${what} and is not replaced: ${decision.reason}`);
      return;
    }
    this.#options.log(`${what} and is replaced ${decision.reason}`);
    record.rescheduleAt = decision.atMs;
    this.#allocations.note(record);
    this.#setTimer(record, decision.atMs);
  }

  #setTimer(record: AllocationRecord, atMs: number): void {
    const delayMs = Math.min(Math.max(1, atMs - Date.now()), longestWaitMs);
    const timer = setTimeout(() => {
      this.#timers.delete(record.id);
      // One timer does not take the longest delays.
      if (Date.now() < atMs) {
        this.#setTimer(record, atMs);
        return;
      }
      this.#replace(record).catch((error: unknown) => {
        this.#options.log(`cannot replace allocation ${record.id}: ${messageOf(error)}`);
      });
    }, delayMs);
    this.#timers.set(record.id, timer);
  }

  #replace(record: AllocationRecord): Promise<void> {
    return this.#turns.take(record.jobId, async () => {
      const job = this.#jobs.get(record.jobId);
      if (job === undefined || job.isStopped || record.nextId !== undefined) return;
      record.desired = 'stop';
      record.desiredReason = 'replaced after a failure';
      await this.#evaluate(job, 'alloc-failure');
    });
  }

  /** Not when it was registered again in the meantime. */
  async #purge(record: JobRecord): Promise<void> {
    await this.#allocations.whenEnded(this.allocations(record.id).map(({ id }) => id));
    await this.#turns.take(record.id, async () => {
      if (!record.isStopped || this.#jobs.get(record.id) !== record) return;
      await Promise.all(this.allocations(record.id).map(({ id }) => this.#allocations.remove(id)));
      this.#jobs.delete(record.id);
      await this.#options.store.removeJob(record.id);
      this.#nextIndex();
    });
  }

  #nextIndex(): number {
    this.#index += 1;
    this.events.emit('changed', this.#index);
    return this.#index;
  }
}

function noteFailure(evaluation: EvaluationRecord, group: string, reasons: string[]): void {
  const { failures, unplaced } = evaluation;
  failures[group] = [...new Set([...(failures[group] ?? []), ...reasons])];
  unplaced[group] = (unplaced[group] ?? 0) + 1;
}

function newRecord(job: Job, index: number): JobRecord {
  return {
    version: 1,
    id: job.id,
    jobVersion: 0,
    isStopped: false,
    submittedAt: Date.now(),
    createIndex: index,
    modifyIndex: index,
    jobModifyIndex: index,
    versions: [{ jobVersion: 0, job: { ...apiJob(job) } }],
    evaluations: [],
  };
}

/** The same job again is no new version, unless it was stopped. */
function updateRecord(record: JobRecord, job: Job, index: number): void {
  const next = { ...apiJob(job) };
  const isSame = JSON.stringify(next) === JSON.stringify(newestVersion(record));
  record.modifyIndex = index;
  if (isSame && !record.isStopped) return;
  record.isStopped = false;
  record.submittedAt = Date.now();
  record.jobModifyIndex = index;
  record.jobVersion += 1;
  record.versions.push({ jobVersion: record.jobVersion, job: next });
}

function unknownAllocation(id: string): RawExecError {
  const advice = 'List them by `raw-exec status JOB`';
  return new RawExecError('ERR_ALLOCATION_UNKNOWN', `there is no allocation ${id}. ${advice}`);
}

function unknownJob(id: string): RawExecError {
  return new RawExecError(
    'ERR_JOB_UNKNOWN',
    `there is no job ${JSON.stringify(id)}. List them by \`raw-exec status\``,
  );
}

// Pure: what the agent keeps of jobs and allocations, with the schemas by which a file is told from a damaged one.

import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Milliseconds since 1970. */
const time = v.pipe(v.number(), v.minValue(0));
const text = v.string();
/** Judged by who reads it: see load-job-file.ts. */
const json = v.record(text, v.any());

const taskEvent = v.object({
  type: text,
  at: time,
  message: text,
  details: v.record(text, text),
});

const endCause = v.object({
  reason: v.picklist(['requested', 'taskFailed', 'leaderEnded', 'onlySidecarsLeft']),
  because: v.optional(text),
});

const exit = v.object({
  exitCode: v.number(),
  signal: v.number(),
  isStatusKnown: v.boolean(),
  isOomKilled: v.boolean(),
  reason: text,
  oomKills: v.optional(v.number()),
  exitedAt: time,
});

const outcome = v.variant('kind', [
  v.object({
    kind: v.literal('exited'),
    exit,
    durationMs: v.number(),
    cause: v.optional(endCause),
  }),
  v.object({ kind: v.literal('startFailed'), code: text, message: text }),
  v.object({ kind: v.literal('notStarted'), cause: endCause }),
]);

const task = v.object({
  state: v.picklist(['pending', 'running', 'dead']),
  isFailed: v.boolean(),
  /** Number of the last instance that was started. */
  instance: count,
  pid: v.optional(count),
  restarts: count,
  lastRestartAt: v.optional(time),
  startedAt: v.optional(time),
  finishedAt: v.optional(time),
  /** The newest last. */
  events: v.array(taskEvent),
  /** The instance that somebody wants to be ended only to be started again. */
  restartOf: v.optional(count),
  /** Its end for good. */
  outcome: v.optional(outcome),
  /** It has ended for good, and all of its output is in the log files. */
  isThrough: v.boolean(),
});

const port = v.object({
  label: text,
  hostIp: text,
  hostPort: count,
  port: count,
});

const allocation = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.uuid()),
  name: text,
  index: count,
  jobId: text,
  jobVersion: count,
  group: text,
  evaluationId: text,
  /** What its job wants of it. */
  desired: v.picklist(['run', 'stop']),
  desiredReason: text,
  createdAt: time,
  modifiedAt: time,
  createIndex: count,
  modifyIndex: count,
  /** The one that it stands for, and the one that stands for it. */
  previousId: v.optional(text),
  nextId: v.optional(text),
  /** When those before it were replaced after a failure: milliseconds since 1970. */
  rescheduledAt: v.array(time),
  /** When this one is to be replaced. */
  rescheduleAt: v.optional(time),
  ports: v.array(port),
  taskPorts: v.record(text, v.array(port)),
  tasks: v.record(text, task),
  /** Its directories are made, and its tasks may have been started. */
  isBegun: v.boolean(),
  /** Nothing of it runs, and nothing will. */
  isOver: v.boolean(),
  /** Its directory has been removed. */
  isCollected: v.optional(v.boolean()),
});

const evaluation = v.object({
  id: text,
  jobId: text,
  type: text,
  priority: v.number(),
  triggeredBy: text,
  createdAt: time,
  index: count,
  jobIndex: count,
  /** Why groups have no allocation, by group. */
  failures: v.record(text, v.array(text)),
  /** How many could not be placed, by group. */
  unplaced: v.record(text, count),
});

/** What somebody has written, before it became a job. */
const submission = v.object({
  source: text,
  format: v.picklist(['hcl2', 'json']),
  /** Of `-var`, by name. */
  variableFlags: v.record(text, text),
  /** The text of all `-var-file`s. */
  variables: text,
});

const job = v.object({
  version: v.literal(1),
  id: text,
  jobVersion: count,
  isStopped: v.boolean(),
  submittedAt: time,
  createIndex: count,
  modifyIndex: count,
  jobModifyIndex: count,
  /** As the API has them, by version; the newest last. */
  versions: v.pipe(
    v.array(v.object({ jobVersion: count, job: json, submission: v.optional(submission) })),
    v.minLength(1),
  ),
  /** The newest last. */
  evaluations: v.array(evaluation),
});

export const jobRecordSchema = job;
export const allocationRecordSchema = allocation;

export type TaskEventRecord = v.InferOutput<typeof taskEvent>;
export type OutcomeRecord = v.InferOutput<typeof outcome>;
export type TaskRecord = v.InferOutput<typeof task>;
export type PortRecord = v.InferOutput<typeof port>;
export type AllocationRecord = v.InferOutput<typeof allocation>;
export type EvaluationRecord = v.InferOutput<typeof evaluation>;
export type SubmissionRecord = v.InferOutput<typeof submission>;
export type JobRecord = v.InferOutput<typeof job>;

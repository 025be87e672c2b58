// Pure: what `raw-exec status` shows.

import { formatDuration } from '../duration.ts';
import type { AllocationStub, JobStub } from './agent-objects.ts';
import { shortIdLength } from './find-allocation.ts';
import { type Paint, plain } from './status-paint.ts';
import { table } from './table.ts';

const nanosecondsPerMs = 1_000_000;

export function jobsText(jobs: readonly JobStub[], nowMs: number, paint: Paint = plain): string {
  if (jobs.length === 0) return 'No jobs. Run one by `raw-exec run FILE`.\n';
  return table([
    ['ID', 'Type', 'Status', 'Submitted'],
    ...jobs.map((job) => [job.ID, job.Type, paint(statusOf(job)), ago(job.SubmitTime, nowMs)]),
  ]);
}

export function jobText(
  job: JobStub,
  allocations: readonly AllocationStub[],
  failures: readonly string[],
  nowMs: number,
  paint: Paint = plain,
): string {
  const head = table([
    ['ID', `= ${job.ID}`],
    ['Type', `= ${job.Type}`],
    ['Status', `= ${paint(statusOf(job))}`],
    ['Version', `= ${job.Version}`],
    ['Submitted', `= ${ago(job.SubmitTime, nowMs)}`],
  ]);
  const problems = failures.length === 0 ? '' : `\nNot placed\n${failures.join('\n')}\n`;
  const list = allocations.toSorted((a, b) => b.CreateTime - a.CreateTime);
  return `${head}${problems}\nAllocations\n${allocationsText(list, nowMs, paint)}`;
}

function allocationsText(
  allocations: readonly AllocationStub[],
  nowMs: number,
  paint: Paint,
): string {
  if (allocations.length === 0) return 'None.\n';
  return table([
    ['ID', 'Group', 'Version', 'Desired', 'Status', 'Created'],
    ...allocations.map((one) => [
      one.ID.slice(0, shortIdLength),
      one.TaskGroup,
      String(one.JobVersion),
      one.DesiredStatus,
      paint(one.ClientStatus),
      ago(one.CreateTime, nowMs),
    ]),
  ]);
}

export function allocationText(
  allocation: AllocationStub,
  nowMs: number,
  paint: Paint = plain,
): string {
  const { PreviousAllocation: before, NextAllocation: after } = allocation;
  const head = table([
    ['ID', `= ${allocation.ID}`],
    ['Name', `= ${allocation.Name}`],
    ['Job', `= ${allocation.JobID}, version ${allocation.JobVersion}`],
    ['Desired', `= ${allocation.DesiredStatus}${reasonOf(allocation)}`],
    ['Status', `= ${paint(allocation.ClientStatus)}`],
    ['Created', `= ${ago(allocation.CreateTime, nowMs)}`],
    ...(before === '' ? [] : [['Stands for', `= ${before}`]]),
    ...(after === '' ? [] : [['Replaced by', `= ${after}`]]),
  ]);
  const tasks = Object.entries(allocation.TaskStates).map(([name, task]) => {
    const failed = task.Failed ? `, ${paint('failed')}` : '';
    const restarts = task.Restarts === 0 ? '' : `, ${task.Restarts} restarts`;
    const events = task.Events.toReversed().map((event) => [
      `  ${ago(event.Time, nowMs)}`,
      event.Type,
      event.DisplayMessage,
    ]);
    return `\nTask ${name}: ${paint(task.State)}${failed}${restarts}\n${table(events)}`;
  });
  return head + tasks.join('');
}

function reasonOf({ DesiredDescription: reason }: AllocationStub): string {
  return reason === '' ? '' : ` (${reason})`;
}

function statusOf({ Status, Stop }: JobStub): string {
  return Stop ? `${Status} (stopped)` : Status;
}

/** @param at nanoseconds since 1970 */
function ago(at: number, nowMs: number): string {
  return `${formatDuration(Math.max(0, Math.round((nowMs - at / nanosecondsPerMs) / 1000) * 1000))} ago`;
}

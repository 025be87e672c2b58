// Pure: values of the driver in the shapes of the wire, and back.

import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type Duration,
  durationMs,
  type TimestampSchema,
  timestampFromDate,
} from '@bufbuild/protobuf/wkt';
import type { TaskEvent, TaskStatus } from '../driver/task.ts';
import type { TaskExit } from '../driver/task-host.ts';
import {
  type DriverTaskEventSchema,
  type ExitResultSchema,
  TaskState,
  type TaskStatusSchema,
} from './wire/driver_pb.ts';

/** setTimeout takes no more. */
const longestMs = 2_147_483_647;

/** Whole milliseconds from 0 to what a timer takes; undefined for none. */
export function milliseconds(duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  return Math.min(longestMs, Math.max(0, Math.ceil(durationMs(duration))));
}

export function timestamp(date: Date): MessageInitShape<typeof TimestampSchema> {
  return timestampFromDate(date);
}

/** Of Nomad's own driver, for an end that nobody has seen. */
const unknownCode = -1;

export function exitResult(exit: TaskExit): MessageInitShape<typeof ExitResultSchema> {
  return {
    exitCode: exit.isStatusKnown ? exit.exitCode : unknownCode,
    signal: exit.signal,
    oomKilled: exit.isOomKilled,
  };
}

export function taskStatus(status: TaskStatus): MessageInitShape<typeof TaskStatusSchema> {
  const { id, name, state, startedAt, completedAt, exit } = status;
  return {
    id,
    name,
    state: state === 'running' ? TaskState.RUNNING : TaskState.EXITED,
    startedAt: timestamp(startedAt),
    ...(completedAt !== undefined && { completedAt: timestamp(completedAt) }),
    ...(exit !== undefined && { result: exitResult(exit) }),
  };
}

/** Of these Nomad's client tells by itself. */
const toldByNomad: ReadonlySet<TaskEvent['kind']> = new Set([
  'started',
  'stopping',
  'signalled',
  'exited',
  'destroyed',
]);

/** People would read it twice. */
export function isToldByNomad({ kind }: TaskEvent): boolean {
  return toldByNomad.has(kind);
}

export function driverTaskEvent(event: TaskEvent): MessageInitShape<typeof DriverTaskEventSchema> {
  const { taskId, allocId, taskName, at, message, annotations } = event;
  return { taskId, allocId, taskName, timestamp: timestamp(at), message, annotations };
}

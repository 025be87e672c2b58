// Pure: from what has gone wrong to the status of a call, by the rules that Nomad's client has for them.
//
// UNAVAILABLE only when it is so: on this one it waits whether the plugin is about to die. CANCELLED never.

import { create, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { RawExecError } from '../errors.ts';
import { messageOf } from '../message-of.ts';
import { hasErrorCode } from '../system-code.ts';
import { passingCodes } from './while-replaced.ts';
import { RecoverableErrorSchema } from './wire/recoverable_error_pb.ts';
import { StatusSchema } from './wire/status_pb.ts';

/** Something that a caller of the plugin has got wrong. */
export class CallError extends Error {
  readonly status: status;

  constructor(code: status, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = code;
  }
}

/** A start that failed and may go better the next time: the restart policy of the task is to decide. */
export class RecoverableCallError extends CallError {
  constructor(cause: unknown) {
    super(status.FAILED_PRECONDITION, messageOf(cause), { cause });
  }
}

/** What is in the way of a start does not end, for now. */
export class StuckError extends CallError {
  constructor(message: string) {
    super(status.FAILED_PRECONDITION, message);
  }
}

/** Nothing is wrong with the task: the host has no room, or no keeper, at this moment. */
const passingLater: readonly string[] = [
  ...passingCodes,
  'ERR_KEEPER_START',
  'ERR_CGROUP_FULL',
  'ERR_CGROUP_BUSY',
  'ERR_TASK_STUCK',
];

const byCode: ReadonlyMap<string, status> = new Map([
  ['ERR_TASK_EXISTS', status.ALREADY_EXISTS],
  ['ERR_TASK_RUNNING', status.FAILED_PRECONDITION],
  ['ERR_TASK_NOT_RUNNING', status.FAILED_PRECONDITION],
  ['ERR_TASK_CONFIG', status.INVALID_ARGUMENT],
  ['ERR_INVALID_OPTION', status.INVALID_ARGUMENT],
  ['ERR_SIGNAL_UNKNOWN', status.INVALID_ARGUMENT],
  ['ERR_DRIVER_DISABLED', status.FAILED_PRECONDITION],
  ['ERR_USER_UNKNOWN', status.FAILED_PRECONDITION],
  ['ERR_USER_DENIED', status.PERMISSION_DENIED],
  ['ERR_GROUP_DENIED', status.PERMISSION_DENIED],
  ['ERR_NOT_PERMITTED', status.PERMISSION_DENIED],
  // The plugin has been told to end while this was under way.
  ['ERR_CLOSED', status.UNAVAILABLE],
]);

type CallStatus = Partial<StatusObject> & { name: string; message: string };

export function statusOf(error: unknown): CallStatus {
  // Half a character, as damaged text has it, cannot be sent: the call would never be answered.
  const details = messageOf(error).toWellFormed();
  const base = { name: 'CallError', message: details, details };
  if (error instanceof RecoverableCallError) return { ...base, ...recoverable(error) };
  if (error instanceof CallError) return { ...base, code: error.status };
  // In Nomad's words: it looks for them.
  if (error instanceof RawExecError && error.code === 'ERR_TASK_UNKNOWN') {
    return { ...base, code: status.NOT_FOUND, details: `task not found for given id: ${details}` };
  }
  const code = (error instanceof RawExecError && byCode.get(error.code)) || status.UNKNOWN;
  return { ...base, code };
}

/** Whether a second attempt of a start may go better, so that the restart policy of the task is to decide. */
export function isRecoverable(error: unknown): boolean {
  if (error instanceof StuckError) return true;
  if (hasErrorCode(error, passingLater)) return true;
  return error instanceof RawExecError && 'isRetryable' in error && error.isRetryable === true;
}

/** The detail by which Nomad's client tells such an error from others. */
function recoverable({ message }: RecoverableCallError): Pick<StatusObject, 'code' | 'metadata'> {
  const code = status.FAILED_PRECONDITION;
  const value = toBinary(
    RecoverableErrorSchema,
    create(RecoverableErrorSchema, { recoverable: true }),
  );
  const detail = create(AnySchema, {
    typeUrl: `type.googleapis.com/${RecoverableErrorSchema.typeName}`,
    value,
  });
  const whole = create(StatusSchema, { code, message, details: [detail] });
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, whole)));
  return { code, metadata };
}

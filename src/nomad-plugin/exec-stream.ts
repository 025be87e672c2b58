// Owner of one command that runs beside a task for a caller of ExecTaskStreaming: bytes go both ways at the pace of the slower side,
// until the command has ended or its caller has gone.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { endSessionLeftovers } from '../driver/end-session-leftovers.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { ExecSession } from '../driver/task-session.ts';
import { messageOf } from '../message-of.ts';
import { CallError } from './grpc-errors.ts';
import type { Call } from './grpc-services.ts';
import { merge } from './merge.ts';
import type {
  ExecTaskStreamingRequest,
  ExecTaskStreamingResponseSchema,
} from './wire/driver_pb.ts';

type Response = MessageInitShape<typeof ExecTaskStreamingResponseSchema>;

export async function* execStream(
  driver: RawExecDriver,
  requests: AsyncIterable<ExecTaskStreamingRequest>,
  { signal }: Call,
  log: (message: string) => void,
): AsyncGenerator<Response, void, undefined> {
  const input = requests[Symbol.asyncIterator]();
  const first = await input.next();
  const setup = first.done === true ? undefined : first.value.setup;
  if (setup === undefined) {
    throw new CallError(
      status.INVALID_ARGUMENT,
      'the first message of an exec stream must have setup: the task, the command, and whether it gets a terminal',
    );
  }
  const [program, ...args] = setup.command;
  if (program === undefined) throw new CallError(status.INVALID_ARGUMENT, 'there is no command');
  const size = first.value.ttySize;
  const session = await driver.execTaskStreaming(setup.taskId, [program, ...args], {
    signal,
    tty: setup.tty,
    ...(setup.tty &&
      size !== undefined &&
      isSize(size) && { terminalSize: { rows: size.height, columns: size.width } }),
  });
  try {
    // Ends with the call: nobody is waited for.
    takeInput(session, input).catch((error: unknown) => {
      if (!signal.aborted) log(`the input of an exec stream has broken: ${messageOf(error)}`);
    });
    yield* converse(session);
  } finally {
    await session.close();
  }
}

/** What the command writes, and how it ended. */
async function* converse(session: ExecSession): AsyncGenerator<Response, void, undefined> {
  const { stdout, stderr, exited } = session;
  let onThrough: (() => void) | undefined;
  const through = new Promise<void>((resolve) => {
    onThrough = resolve;
  });
  const leftovers = exited.then(() => endSessionLeftovers(session, through));
  // Told below; until then nobody is to miss it.
  leftovers.catch(() => undefined);
  const outputs = [
    output('stdout', stdout),
    ...(stderr === null ? [] : [output('stderr', stderr)]),
  ];
  yield* merge(outputs);
  onThrough?.();
  await leftovers;
  const { exitCode, signal } = await exited;
  yield { exited: true, result: { exitCode, signal } };
}

async function* output(
  name: 'stdout' | 'stderr',
  stream: NonNullable<ExecSession['stderr']>,
): AsyncGenerator<Response, void, undefined> {
  try {
    for await (const data of stream) yield { [name]: { data: data as Buffer } };
  } catch (error) {
    // A session that is being closed destroys its streams.
    if (!stream.destroyed) throw error;
  }
  yield { [name]: { close: true } };
}

/** A message without anything is a sign of life. */
async function takeInput(
  session: ExecSession,
  requests: AsyncIterator<ExecTaskStreamingRequest>,
): Promise<void> {
  const { stdin } = session;
  for (;;) {
    const { done, value } = await requests.next();
    if (done === true) break;
    const { ttySize, stdin: operation } = value;
    // Without a terminal there is nothing to size.
    if (ttySize !== undefined && isSize(ttySize) && session.stderr === null) {
      session.resize({ rows: ttySize.height, columns: ttySize.width });
    }
    if (operation === undefined) continue;
    if (operation.data.length > 0 && stdin.writable && !stdin.write(operation.data)) {
      await drained(session);
    }
    if (operation.close && stdin.writable) stdin.end();
  }
  if (stdin.writable) stdin.end();
}

/** Or closed: then nobody takes any more. */
function drained({ stdin }: ExecSession): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      stdin.off('drain', goOn).off('close', goOn);
      resolve();
    };
    stdin.once('drain', goOn).once('close', goOn);
  });
}

/** What a client without a terminal sends. */
function isSize({ height, width }: { readonly height: number; readonly width: number }): boolean {
  const isOne = (value: number): boolean => value >= 1 && value <= 65_535;
  return isOne(height) && isOne(width);
}

// Owner of one exec session over a WebSocket: passes bytes both ways at the pace of the slower side, until the command has ended or
// its client has gone.

import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import { endSessionLeftovers } from '../../driver/end-session-leftovers.ts';
import type { ExecSession } from '../../driver/task-session.ts';
import { messageOf } from '../../message-of.ts';
import {
  closedFrame,
  exitedFrame,
  keepAliveFrame,
  outputFrame,
  readInputFrame,
} from './exec-frames.ts';

/** As often as Nomad's command does: proxies cut connections on which nothing is said. */
const keepAliveMs = 10_000;

/** Close codes of RFC 6455 §7.4.1, and Nomad's, which has HTTP's codes from 4000 on. */
const closeCode = { normal: 1000, goingAway: 1001, internal: 1011, badMessage: 4400 } as const;

/** Resolves when both are closed. Never rejects: what goes wrong is told to the client, and by `log`. */
export async function converse(
  socket: WebSocket,
  session: ExecSession,
  log: (message: string) => void,
): Promise<void> {
  const alive = setInterval(() => socket.send(keepAliveFrame), keepAliveMs);
  const gone = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  // A connection that breaks is closed next.
  socket.on('error', (error) => log(`an exec session's connection broke: ${error.message}`));
  socket.on('message', (data) => take(socket, session, String(data)));
  const onGone = gone.then(() => session.close());
  onGone.catch((error: unknown) => log(`an exec session could not be ended: ${messageOf(error)}`));
  try {
    const through = Promise.all([
      pass(socket, 'stdout', session.stdout),
      session.stderr === null ? undefined : pass(socket, 'stderr', session.stderr),
    ]);
    const exit = await session.exited;
    await endSessionLeftovers(session, through);
    await through;
    socket.send(exitedFrame(exit));
    socket.close(closeCode.normal);
  } catch (error) {
    socket.close(closeCode.internal, reasonOf(error));
  } finally {
    clearInterval(alive);
    await gone;
    await onGone.catch(() => undefined);
  }
}

/** One message of the client. */
function take(socket: WebSocket, session: ExecSession, text: string): void {
  const input = readInputFrame(text);
  if (input === undefined) {
    socket.close(closeCode.badMessage, 'that is no message of an exec session');
    return;
  }
  // Without a terminal there is nothing to size.
  if (input.size !== undefined && session.stderr === null) session.resize(input.size);
  const { stdin } = session;
  if (
    input.data !== undefined &&
    input.data.length > 0 &&
    stdin.writable &&
    !stdin.write(input.data)
  ) {
    socket.pause();
    const goOn = (): void => {
      stdin.off('drain', goOn).off('close', goOn);
      socket.resume();
    };
    stdin.once('drain', goOn).once('close', goOn);
  }
  if (input.isEnd && stdin.writable) stdin.end();
}

/** Resolves when the stream has ended, or nobody listens any more. */
async function pass(socket: WebSocket, name: 'stdout' | 'stderr', stream: Readable): Promise<void> {
  try {
    for await (const chunk of stream) {
      if (!(await sent(socket, outputFrame(name, chunk as Buffer)))) return;
    }
  } catch (error) {
    // A session that is being closed destroys its streams.
    if (!stream.destroyed) throw error;
  }
  await sent(socket, closedFrame(name));
}

/** Resolves when the kernel has it. @returns false when the connection is closed */
function sent(socket: WebSocket, frame: string): Promise<boolean> {
  return new Promise((resolve) => {
    socket.send(frame, (error) => resolve(error == null));
  });
}

/** The reason of a close frame has 123 bytes at most, see RFC 6455 §5.5. */
function reasonOf(error: unknown): string {
  const whole = Buffer.from(messageOf(error)).subarray(0, 120).toString('utf8');
  return whole.replace(/\uFFFD+$/u, '');
}

export { closeCode };

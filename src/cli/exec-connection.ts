// Owner of the WebSocket to an agent by which a command runs there: its messages, and what its end means.

import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { messageOf } from '../message-of.ts';
import { spawnExitCode } from './exit-codes.ts';
import type { Size } from './local-terminal.ts';
import type { OutputWriter } from './output-writer.ts';
import { UserError } from './user-error.ts';

interface OutputFrame {
  readonly stdout?: { readonly data?: string };
  readonly stderr?: { readonly data?: string };
  readonly exited?: boolean;
  readonly result?: { readonly exit_code?: number };
}

const codeHeader = 'x-raw-exec-error';
const exitCodes: Readonly<Record<string, number>> = {
  ERR_COMMAND_NOT_FOUND: spawnExitCode.notFound,
  ERR_COMMAND_NOT_EXECUTABLE: spawnExitCode.notExecutable,
  ERR_COMMAND_FORMAT: spawnExitCode.notExecutable,
  ERR_COMMAND_IS_DIRECTORY: spawnExitCode.notExecutable,
  ERR_INTERPRETER_NOT_FOUND: spawnExitCode.notExecutable,
};

export interface ExecWriters {
  readonly stdout: OutputWriter;
  readonly stderr: OutputWriter;
}

export class ExecConnection {
  /** Resolves with the command's exit code when all that it has written is through; rejects with a UserError. */
  readonly exited: Promise<number>;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, writers: ExecWriters) {
    this.#socket = socket;
    this.exited = new Promise((resolve, reject) => {
      let code: number | undefined;
      let writing = Promise.resolve();
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as OutputFrame;
        if (frame.exited === true) code = frame.result?.exit_code ?? 0;
        for (const name of ['stdout', 'stderr'] as const) {
          const bytes = frame[name]?.data;
          if (bytes === undefined) continue;
          // Who reads our output slowly is to slow the command, not to fill our memory.
          socket.pause();
          writing = writing
            .then(() => writers[name].write(Buffer.from(bytes, 'base64')))
            .finally(() => socket.resume());
        }
      });
      socket.once('close', (_code, reason) => {
        const why = reason.length > 0 ? reason.toString() : 'the agent is gone';
        writing.then(() => (code === undefined ? reject(cannotGoOn(why)) : resolve(code)), reject);
      });
      socket.on('error', (error) => reject(cannotGoOn(messageOf(error))));
    });
    // Told to whoever waits for it; until then it must not count as unheard.
    this.exited.catch(() => undefined);
  }

  /** Resolves when the command runs. Rejects with what the agent has said. */
  static open(socketPath: string, path: string, writers: ExecWriters): Promise<ExecConnection> {
    const socket = new WebSocket(`ws://agent${path}`, {
      createConnection: () => connect(socketPath),
      perMessageDeflate: false,
    });
    // Made at once: the first output may come in the turn of the opening.
    const connection = new ExecConnection(socket, writers);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(connection));
      socket.once('unexpected-response', (_request, response) => {
        refusalOf(response).then(reject, reject);
      });
      connection.exited.catch(reject);
    });
  }

  /** Resolves when the agent's side has taken it. */
  type(data: Buffer): Promise<void> {
    return this.#send({ stdin: { data: data.toString('base64') } });
  }

  endInput(): Promise<void> {
    return this.#send({ stdin: { close: true } });
  }

  resize({ rows, columns }: Size): void {
    void this.#send({ tty_size: { height: rows, width: columns } });
  }

  close(): void {
    this.#socket.close();
  }

  /** What cannot be sent any more is for nobody: `exited` tells why. */
  #send(frame: unknown): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(JSON.stringify(frame), () => resolve());
    });
  }
}

async function refusalOf(response: IncomingMessage): Promise<UserError> {
  const code = exitCodes[String(response.headers[codeHeader] ?? '')] ?? spawnExitCode.failure;
  return new UserError((await text(response)).trim(), code);
}

function cannotGoOn(why: string): UserError {
  return new UserError(
    `the session has ended before its command did: ${why}`,
    spawnExitCode.failure,
  );
}

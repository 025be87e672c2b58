// Owner of the WebSockets by which clients run commands beside tasks. A command that cannot be started is told by an ordinary HTTP
// answer: the connection becomes a WebSocket only when the command runs.

import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HTTPException } from 'hono/http-exception';
import { WebSocketServer } from 'ws';
import type { ExecSession } from '../../driver/task-session.ts';
import { messageOf } from '../../message-of.ts';
import { codeOf } from '../../system-code.ts';
import { runningTask } from './allocation-routes.ts';
import type { ApiContext } from './api.ts';
import { closeCode, converse } from './exec-conversation.ts';
import { type ExecRequest, readExecRequest } from './exec-request.ts';
import { codeHeader, refuse, statusOf } from './respond.ts';

/** A message of what is typed or piped in; clients send 2 to 64 KiB. */
const mostMessageBytes = 1024 * 1024;

type Context = Pick<ApiContext, 'agent' | 'driver' | 'log'>;

export class ExecUpgrades {
  readonly #context: Context;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: mostMessageBytes,
    perMessageDeflate: false,
  });

  constructor(context: Context) {
    this.#context = context;
  }

  /** Takes a connection over that asks to become something else. Never rejects. */
  async accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // It may break at any moment, and until it is a WebSocket nobody else listens.
    socket.on('error', () => socket.destroy());
    let session: ExecSession | undefined;
    try {
      session = await this.#open(request, socket);
    } catch (error) {
      this.#refuse(socket, error);
      return;
    }
    const { log } = this.#context;
    const begun = session;
    this.#server.handleUpgrade(request, socket, head, (client) => {
      converse(client, begun, log).catch((error: unknown) => log(messageOf(error)));
    });
    // What is no proper handshake was answered by the server, and the connection closed.
    socket.once('close', () => {
      begun.close().catch((error: unknown) => log(`an exec session stays: ${messageOf(error)}`));
    });
  }

  /** Tells all clients that nobody answers any more. */
  close(): void {
    for (const client of this.#server.clients)
      client.close(closeCode.goingAway, 'the agent is ending');
  }

  async #open(request: IncomingMessage, socket: Duplex): Promise<ExecSession> {
    const wanted = readExecRequest(request.url ?? '');
    if (wanted === undefined || request.headers.upgrade?.toLowerCase() !== 'websocket')
      throw refuse(404, `this agent has no WebSocket at ${request.url ?? ''}`);
    const leaving = new AbortController();
    const onGone = (): void => leaving.abort();
    socket.once('close', onGone);
    try {
      return await this.#context.driver.execTaskStreaming(this.#taskOf(wanted), wanted.command, {
        tty: wanted.isTerminal,
        signal: leaving.signal,
      });
    } finally {
      socket.off('close', onGone);
    }
  }

  /** The id by which the driver knows the task. */
  #taskOf({ allocationId, task }: ExecRequest): string {
    const record = this.#context.agent.allocation(allocationId);
    if (record === undefined) throw refuse(404, 'alloc not found');
    const names = Object.keys(record.tasks);
    const [only] = names;
    if (task === undefined && (only === undefined || names.length > 1))
      throw refuse(400, `task must be one of ${names.join(', ')}`);
    const name = task ?? only ?? '';
    const id = runningTask(record, name);
    if (id === undefined) throw refuse(400, `task ${JSON.stringify(name)} is not running`);
    return id;
  }

  #refuse(socket: Duplex, error: unknown): void {
    const status = error instanceof HTTPException ? error.status : (statusOf(error) ?? 500);
    if (status === 500) this.#context.log(`an exec session failed: ${messageOf(error)}`);
    const body = messageOf(error);
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(codeOf(error) === '' ? [] : [`${codeHeader}: ${codeOf(error)}`]),
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
}

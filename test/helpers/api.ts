// Asks an agent of a test over its socket, as clients of Nomad do: also what its own client would not ask.

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestAgent } from './agent.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** An answer that goes on. */
export interface OpenStream {
  /** All that has come so far. */
  received(): string;
  /** The whole of it. */
  readonly ended: Promise<string>;
  /** Hangs up. */
  leave(): void;
}

export async function ask(
  agent: TestAgent,
  method: string,
  path: string,
  body?: string | Buffer | object,
): Promise<ApiAnswer> {
  const response = await send(agent, method, path, body);
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, body: await text(response) };
}

export async function openStream(agent: TestAgent, path: string): Promise<OpenStream> {
  const response = await send(agent, 'GET', path);
  let received = '';
  response.setEncoding('utf8');
  response.on('data', (piece: string) => {
    received += piece;
  });
  // Not for those who hang up.
  response.on('error', () => undefined);
  return {
    received: () => received,
    ended: once(response, 'close').then(() => received),
    leave: () => void response.destroy(),
  };
}

function send(
  agent: TestAgent,
  method: string,
  path: string,
  body?: string | Buffer | object,
): Promise<IncomingMessage> {
  const isObject = typeof body === 'object' && !Buffer.isBuffer(body);
  const sent = isObject ? JSON.stringify(body) : body;
  return new Promise((resolve, reject) => {
    request({ socketPath: agent.client.socket, method, path }, resolve)
      .on('error', reject)
      .end(sent);
  });
}

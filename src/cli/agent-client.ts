// Owner of the conversation with an agent: requests over its unix socket.

import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { defaultAgentPaths } from '../agent/agent-paths.ts';
import { codeOf } from '../system-code.ts';
import { failureExitCode } from './exit-codes.ts';
import { UserError } from './user-error.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export class AgentClient {
  readonly socket: string;

  /** @param socket absent: where agents of this user are */
  constructor(socket?: string) {
    this.socket = socket ?? defaultAgentPaths(process.env, process.geteuid?.() === 0).socket;
  }

  /** Whether somebody answers. A socket that may not be used is an error, not an absence. */
  async isThere(): Promise<boolean> {
    if (!existsSync(this.socket)) return false;
    try {
      await this.get('/v1/status/leader');
      return true;
    } catch (error) {
      if (error instanceof UserError && isAbsence(error.cause)) return false;
      throw error;
    }
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    const response = await this.#send('GET', path, query);
    return JSON.parse(await textOf(response)) as T;
  }

  /** Waits until the agent's state is newer than `index`, 0 for now. */
  async getNewer<T>(path: string, index: number): Promise<{ body: T; newest: number }> {
    const response = await this.#send('GET', path, index === 0 ? {} : { index });
    const newest = Number(response.headers['x-nomad-index'] ?? 0);
    return { body: JSON.parse(await textOf(response)) as T, newest };
  }

  async put<T>(path: string, body: unknown, query: Query = {}): Promise<T> {
    const response = await this.#send('PUT', path, query, JSON.stringify(body));
    return JSON.parse(await textOf(response)) as T;
  }

  async delete<T>(path: string, query: Query = {}): Promise<T> {
    const response = await this.#send('DELETE', path, query);
    return JSON.parse(await textOf(response)) as T;
  }

  /** The bytes as they come. */
  stream(path: string, query: Query = {}): Promise<AsyncIterable<Buffer>> {
    return this.#send('GET', path, query);
  }

  async #send(method: string, path: string, query: Query, body?: string): Promise<IncomingMessage> {
    const words = Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    const whole = words.length === 0 ? path : `${path}?${words.join('&')}`;
    // Takes its time to load, and most runs have no agent.
    const { request } = process.getBuiltinModule('node:http');
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
      request({ socketPath: this.socket, method, path: whole, headers }, resolve)
        .on('error', (error) => reject(this.#unreachable(error)))
        .end(body);
    });
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw new UserError((await textOf(response)).trim(), failureExitCode);
  }

  #unreachable(error: Error): UserError {
    const why = isAbsence(error)
      ? 'nobody serves it. Start an agent by `raw-exec agent`, or name its socket by --socket or RAW_EXEC_SOCKET'
      : error.message;
    return new UserError(`cannot ask the agent at ${this.socket}: ${why}`, failureExitCode, error);
  }
}

function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED'].includes(codeOf(error));
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}

/** The path of a job: ids hold slashes, which stay. */
export function jobPath(id: string): string {
  return `/v1/job/${id.split('/').map(encodeURIComponent).join('/')}`;
}

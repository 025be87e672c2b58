// Owner of how the API answers: JSON with the index of the state, plain text for what is wrong.

import type { ServerResponse } from 'node:http';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { SpawnError } from '../../errors.ts';
import { messageOf } from '../../message-of.ts';
import { codeOf } from '../../system-code.ts';
import type { Agent } from '../service/agent.ts';
import { parseWait } from './wait-time.ts';

/** Longest wait of a blocking query. */
const longestWaitMs = 600_000;
const defaultWaitMs = 300_000;
/** How long a blocking query waits for more changes behind the first one. */
const gatherMs = 20;

/** Every body, also an empty one: clients decode all of them. */
export function json(context: Context, agent: Agent, body: unknown): Response {
  context.header('X-Nomad-Index', String(agent.index));
  context.header('X-Nomad-KnownLeader', 'true');
  context.header('X-Nomad-LastContact', '0');
  return context.body(JSON.stringify(body), 200, { 'Content-Type': 'application/json' });
}

export function refuse(status: 400 | 403 | 404 | 413 | 500 | 501, why: string): HTTPException {
  return new HTTPException(status, { message: why });
}

const statusByCode: Readonly<Record<string, 400 | 404>> = {
  ERR_JOB_UNKNOWN: 404,
  ERR_ALLOCATION_UNKNOWN: 404,
  ERR_TASK_UNKNOWN: 404,
  ERR_TASK_NOT_RUNNING: 400,
  ERR_SIGNAL_UNKNOWN: 400,
  ERR_INVALID_OPTION: 400,
};

/** Where the answer goes; undefined where no server is, as in tests of the routes alone. */
export function outgoingOf(context: Context): ServerResponse | undefined {
  return (context.env as { outgoing?: ServerResponse } | undefined)?.outgoing;
}

/** Beside Nomad's: the code of an error, for programs. Its text is for people. */
export const codeHeader = 'X-Raw-Exec-Error';

/** Undefined for what is no fault of the request. */
export function statusOf(error: unknown): 400 | 404 | undefined {
  return statusByCode[codeOf(error)] ?? (error instanceof SpawnError ? 400 : undefined);
}

/** What a handler threw, as an answer. */
export function failed(error: Error, context: Context, log: (message: string) => void): Response {
  if (error instanceof HTTPException) return context.text(error.message, error.status);
  const status = statusOf(error);
  if (status !== undefined)
    return context.text(messageOf(error), status, { [codeHeader]: codeOf(error) });
  log(`${context.req.method} ${context.req.path} failed: ${error.stack ?? messageOf(error)}`);
  return context.text(`the agent could not answer: ${messageOf(error)}`, 500);
}

/** Resolves when the state is newer than the query's `index`, or its `wait` is over. */
export async function whenNewer(context: Context, agent: Agent): Promise<void> {
  const known = Number(context.req.query('index') ?? 0);
  if (!Number.isSafeInteger(known) || known < agent.index) return;
  const waitMs = Math.min(parseWait(context.req.query('wait')) ?? defaultWaitMs, longestWaitMs);
  const { signal } = context.req.raw;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      agent.events.off('changed', onChange);
      signal.removeEventListener('abort', done);
      resolve();
    };
    // Changes come in swarms, and each answer is a whole list.
    const onChange = (): void => {
      agent.events.off('changed', onChange);
      clearTimeout(timer);
      timer = setTimeout(done, gatherMs);
    };
    let timer = setTimeout(done, waitMs);
    agent.events.on('changed', onChange);
    signal.addEventListener('abort', done);
  });
}

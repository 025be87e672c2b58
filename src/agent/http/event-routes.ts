// Owner of nothing: /v1/event/stream, what changes, as it changes: one JSON object a line.

import type { Hono } from 'hono';
import { stream } from 'hono/streaming';
import type { ApiContext } from './api.ts';
import { eventObject, readTopics, type Topics } from './event-json.ts';
import type { Json } from './job-json.ts';
import { refuse } from './respond.ts';

/** An empty object so often, so that either side sees when the other has gone. */
const keepAliveMs = 10_000;
const mostAtOnce = 64;

export function addEventRoutes(app: Hono, context: ApiContext): void {
  const { journal } = context.agent;
  app.get('/v1/event/stream', (request) => {
    const topics = readTopics(request.req.queries('topic') ?? []);
    if (typeof topics === 'string')
      throw refuse(
        400,
        `topic must be Job, Evaluation, Allocation or *, perhaps with :KEY, and is ${JSON.stringify(topics)}`,
      );
    const index = Number(request.req.query('index') ?? 0);
    if (!Number.isSafeInteger(index) || index < 0)
      throw refuse(
        400,
        `index must be a whole number, and is ${JSON.stringify(request.req.query('index'))}`,
      );
    let next = journal.firstSince(index);
    request.header('Content-Type', 'application/json');
    return stream(request, async (output) => {
      const leaving = new AbortController();
      output.onAbort(() => leaving.abort());
      // So that the client knows that it is heard.
      await output.write('{}\n');
      while (!output.aborted) {
        const entries = journal.from(next);
        // Too slow: the rest would have a gap. The client sees the end, and begins anew.
        if (entries === undefined) return;
        // A few at a time: a client that reads slowly must not have all of it made, and kept, for it.
        const some = entries.slice(0, mostAtOnce);
        next += some.length;
        for (const line of linesOf(some, topics, context)) await output.write(line);
        if (next === journal.next) await quiet(context, leaving.signal, output);
      }
    });
  });
}

/** A line for each index. */
function linesOf(
  entries: NonNullable<ReturnType<ApiContext['agent']['journal']['from']>>,
  topics: Topics,
  { agent, node }: ApiContext,
): string[] {
  const byIndex = new Map<number, Json[]>();
  const surroundings = {
    node,
    jobOf: (id: string) => agent.job(id),
    allocationsOf: (id: string) => agent.allocations(id),
  };
  for (const entry of entries) {
    const event = eventObject(entry, topics, surroundings);
    if (event === undefined) continue;
    const events = byIndex.get(entry.index) ?? [];
    events.push(event);
    byIndex.set(entry.index, events);
  }
  return [...byIndex].map(([Index, Events]) => `${JSON.stringify({ Index, Events })}\n`);
}

/** Resolves in the turn after the next change: then it is done. */
function quiet(
  { agent: { journal } }: ApiContext,
  signal: AbortSignal,
  output: { write(text: string): Promise<unknown> },
): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => void output.write('{}\n'), keepAliveMs);
    const done = (): void => {
      clearInterval(alive);
      journal.events.off('added', done);
      signal.removeEventListener('abort', done);
      setImmediate(resolve);
    };
    journal.events.on('added', done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

// Owner of nothing: /v1/client/fs/logs, the log of a task as it is, and as it grows.

import type { Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import { followLogs } from '../../logs/follow-logs.ts';
import type { FollowLogsOptions, LogPosition } from '../../logs/log-options.ts';
import type { ApiContext } from './api.ts';
import { outgoingOf, refuse } from './respond.ts';

export function addLogRoutes(app: Hono, { agent, log }: ApiContext): void {
  app.get('/v1/client/fs/logs/:id', (context) => {
    const record = agent.allocation(context.req.param('id'));
    const directory = agent.logDirectory(context.req.param('id'));
    if (record === undefined || directory === undefined) throw refuse(404, 'alloc not found');
    const task = context.req.query('task') ?? '';
    if (!Object.hasOwn(record.tasks, task)) {
      const known = Object.keys(record.tasks).join(', ');
      throw refuse(404, `there is no task ${JSON.stringify(task)} in it, but ${known}`);
    }
    const type = context.req.query('type') ?? 'stdout';
    if (type !== 'stdout' && type !== 'stderr')
      throw refuse(400, `type must be stdout or stderr, and is ${JSON.stringify(type)}`);
    if (record.isCollected === true)
      throw refuse(404, `the directory of allocation ${record.id} was collected, with its logs`);
    const isPlain = context.req.query('plain') === 'true';
    const ending = new AbortController();
    const asked = readOptions(context);
    const name = { directory, name: `${task}.${type}` };
    const follower = followLogs(name, { ...asked, signal: ending.signal });
    context.header('Content-Type', isPlain ? 'text/plain; charset=utf-8' : 'application/json');
    return stream(
      context,
      async (output) => {
        output.onAbort(() => ending.abort());
        const write = async (chunk: Buffer, position: LogPosition | undefined): Promise<void> => {
          await output.write(isPlain ? chunk : frame(`${task}.${type}`, position, chunk));
        };
        const stop = asked.follow ? whenThrough(agent, record.id, task, ending) : undefined;
        try {
          for await (const chunk of follower) await write(chunk, follower.position);
        } finally {
          stop?.();
        }
        // What was written between the last look and the end.
        if (output.aborted || !asked.follow) return;
        const { position } = follower;
        const where = position === undefined ? asked : { from: position };
        const rest = followLogs(name, { ...where, follow: false });
        for await (const chunk of rest) await write(chunk, rest.position);
      },
      (error) => {
        log(`the log of ${task} in ${record.id} cannot be read: ${error.message}`);
        outgoingOf(context)?.destroy();
        return Promise.resolve();
      },
    );
  });
}

/** Nomad's frame of a file: the bytes are base64. */
function frame(name: string, position: LogPosition | undefined, chunk: Buffer): string {
  const { file = 0, offset = 0 } = position ?? {};
  const body = {
    Offset: offset,
    Data: chunk.toString('base64'),
    File: `alloc/logs/${name}.${file}`,
  };
  return JSON.stringify(body);
}

function readOptions(context: Context): FollowLogsOptions & { follow: boolean } {
  const { origin = 'start', offset: written = '0', follow, lines } = context.req.query();
  const offset = Number(written);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw refuse(400, `offset must be a number of bytes, and is ${JSON.stringify(written)}`);
  if (origin !== 'start' && origin !== 'end')
    throw refuse(400, `origin must be start or end, and is ${JSON.stringify(origin)}`);
  const isFollowing = follow === 'true';
  // Not Nomad's: how many bytes so many lines are is known here.
  if (lines !== undefined) {
    if (!/^[1-9]\d{0,8}$/.test(lines))
      throw refuse(400, `lines must be a number of lines, and is ${JSON.stringify(lines)}`);
    return { tail: { lines: Number(lines) }, follow: isFollowing };
  }
  if (origin === 'end')
    return offset === 0
      ? { from: 'end', follow: isFollowing }
      : { tail: { bytes: offset }, follow: isFollowing };
  return { from: offset === 0 ? 'start' : { file: 0, offset }, follow: isFollowing };
}

/** Ends the reading when the task has ended for good and all of its output is in the files. */
function whenThrough(
  agent: ApiContext['agent'],
  id: string,
  task: string,
  ending: AbortController,
): () => void {
  const look = (): void => {
    const record = agent.allocation(id);
    const isThrough = record?.tasks[task]?.isThrough ?? true;
    if (isThrough || record?.isOver !== false) ending.abort();
  };
  agent.events.on('changed', look);
  look();
  return () => agent.events.off('changed', look);
}

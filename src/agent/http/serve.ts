// Owner of the agent's socket: a unix socket and nothing else, so that who may speak is a matter of file permissions.

import { once } from 'node:events';
import { chmod, lstat, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { RawExecError } from '../../errors.ts';
import { messageOf } from '../../message-of.ts';
import { hasErrorCode } from '../../system-code.ts';

/** Longest path of a socket, see unix(7): 108 bytes with the zero behind it. */
const longestPath = 107;

/**
 * Rejects with `ERR_AGENT_SOCKET` when somebody else serves there, or the path cannot be used.
 *
 * @param app requests wait until it is there
 * @param failed told of connections that could not be taken
 */
export async function serve(
  app: Hono | Promise<Hono>,
  path: string,
  mode: number,
  failed: (error: Error) => void,
): Promise<Server> {
  if (Buffer.byteLength(path) > longestPath) {
    throw socketError(path, `it has more than the ${longestPath} bytes that a socket's may have`);
  }
  await removeStale(path);
  const server = createAdaptorServer({
    fetch: async (request, env) => (await app).fetch(request, env),
  }) as Server;
  // Nobody may come in before the mode is set.
  const before = process.umask(0o777);
  try {
    server.listen(path);
    await once(server, 'listening');
  } catch (error) {
    throw socketError(path, messageOf(error), error);
  } finally {
    process.umask(before);
  }
  // A connection that cannot be taken, for want of descriptors, is one that is not there.
  server.on('error', failed);
  await chmod(path, mode);
  return server;
}

/** One that nobody serves any more. */
async function removeStale(path: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (!found.isSocket()) throw socketError(path, 'there is something that is no socket');
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT'])) return;
    throw error;
  }
  if (await isServed(path)) throw socketError(path, 'somebody serves it');
  await rm(path, { force: true });
}

async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (hasErrorCode(error, ['ECONNREFUSED', 'ENOENT'])) return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

function socketError(path: string, why: string, cause?: unknown): RawExecError {
  const message = `cannot serve the socket ${path}: ${why}. Give another one by --socket, or end who has it`;
  return new RawExecError('ERR_AGENT_SOCKET', message, { cause });
}

// Owner of nothing: /v1/client/fs, what is in the directory of an allocation.

import type { FileHandle } from 'node:fs/promises';
import type { Context, Hono } from 'hono';
import { searchBack } from '../../logs/tail-start.ts';
import type { ApiContext } from './api.ts';
import { entryInfo, listDirectory } from './directory-list.ts';
import { type FoundFile, findInside } from './find-inside.ts';
import { FileFollower, type FilePiece, readPieces } from './follow-file.ts';
import { readStreamQuery, type StreamQuery, wholeNumber } from './fs-query.ts';
import { json, refuse } from './respond.ts';
import { sendStream } from './send-stream.ts';

export function addFsRoutes(app: Hono, { agent, log }: ApiContext): void {
  const find = (context: Context, otherwise = ''): Promise<FoundFile> => {
    const directory = agent.allocationDirectory(context.req.param('id') ?? '');
    if (directory === undefined) throw refuse(404, 'alloc not found');
    const path = context.req.query('path') ?? '';
    if (path === '' && otherwise === '')
      throw refuse(400, 'path must name a file, and is not given');
    return findInside(directory, path === '' ? otherwise : path);
  };
  const send = (
    context: Context,
    file: OpenFile,
    pieces: (ending: AbortSignal) => AsyncIterable<Uint8Array | string>,
  ): Response =>
    sendStream(context, {
      pieces,
      close: file.close,
      failed: ({ message }) =>
        log(`${context.req.path}: ${file.found.name} was not read to its end: ${message}`),
    });

  app.get('/v1/client/fs/ls/:id', async (context) => {
    await using directory = await find(context, '/');
    if (!directory.stats.isDirectory()) throw refuse(400, `${directory.name} is no directory`);
    return json(context, agent, await listDirectory(directory));
  });
  app.get('/v1/client/fs/stat/:id', async (context) => {
    await using file = await find(context);
    const name = file.name === '' ? context.req.param('id') : file.name;
    return json(context, agent, await entryInfo(name, file));
  });
  app.get('/v1/client/fs/cat/:id', async (context) => {
    const file = await openFile(await find(context));
    asBytes(context);
    return send(context, file, () => bytesOf(readPieces(file.handle, 0)));
  });
  app.get('/v1/client/fs/readat/:id', async (context) => {
    const offset = wholeNumber(context, 'offset');
    const limit = readLimit(context);
    const file = await openFile(await find(context));
    asBytes(context);
    return send(context, file, () => bytesOf(readPieces(file.handle, offset, limit)));
  });
  app.get('/v1/client/fs/stream/:id', async (context) => {
    const query = readStreamQuery(context);
    const file = await openFile(await find(context));
    const offset = await startOf(file, query);
    const pieces = (ending: AbortSignal): AsyncIterable<FilePiece> =>
      query.isFollowing ? follow(file, offset, ending) : readPieces(file.handle, offset);
    if (query.isPlain) {
      asBytes(context);
      return send(context, file, (ending) => bytesOf(pieces(ending)));
    }
    const path = context.req.query('path') ?? '';
    context.header('Content-Type', 'application/json');
    return send(context, file, (ending) => framesOf(pieces(ending), path));
  });
}

interface OpenFile {
  readonly found: FoundFile;
  readonly handle: FileHandle;
  readonly close: () => Promise<void>;
}

/** @throws HTTPException 400 for what is no regular file: reading it may wait for ever, or do something */
async function openFile(found: FoundFile): Promise<OpenFile> {
  try {
    if (found.stats.isDirectory()) throw refuse(400, `${found.name} is a directory`);
    if (!found.stats.isFile()) throw refuse(400, `${found.name} is no regular file`);
    const handle = await found.openToRead();
    const close = async (): Promise<void> => {
      await handle.close();
      await found.close();
    };
    return { found, handle, close };
  } catch (error) {
    await found.close();
    throw error;
  }
}

/** What a task has written is no page of this agent's, whatever a browser may think of it. */
function asBytes(context: Context): void {
  context.header('Content-Type', 'application/octet-stream');
  context.header('X-Content-Type-Options', 'nosniff');
}

/** Nomad's clients say 0 or less for all that there is. */
function readLimit(context: Context): number {
  const isAll = /^-\d{1,16}$/.test(context.req.query('limit') ?? '');
  const limit = isAll ? 0 : wholeNumber(context, 'limit', 0);
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

async function startOf({ handle }: OpenFile, query: StreamQuery): Promise<number> {
  const { offset, origin, lines } = query;
  if (lines === undefined && origin === 'start') return offset;
  const { size } = await handle.stat();
  if (lines === undefined) return Math.max(0, size - offset);
  if (lines === 0) return size;
  return (await searchBack(handle, size, { left: lines, isAtEnd: true })) ?? 0;
}

async function* follow(
  { found, handle }: OpenFile,
  offset: number,
  ending: AbortSignal,
): AsyncGenerator<FilePiece, void> {
  const { name, parentPath } = found;
  if (parentPath === undefined) throw new Error('a file is in a directory');
  const follower = new FileFollower({ handle, directory: parentPath, name }, ending);
  try {
    yield* follower.pieces(offset);
  } finally {
    follower.close();
  }
}

async function* bytesOf(pieces: AsyncIterable<FilePiece>): AsyncGenerator<Buffer, void> {
  for await (const { data } of pieces) if (data !== undefined) yield data;
}

/** Nomad's frames: the bytes are base64, and an empty one says that the connection is there. */
async function* framesOf(
  pieces: AsyncIterable<FilePiece>,
  path: string,
): AsyncGenerator<string, void> {
  for await (const { offset, data, event } of pieces) {
    const isHeartbeat = data === undefined && event === undefined;
    const frame = {
      ...(offset > 0 && { Offset: offset }),
      ...(data !== undefined && { Data: data.toString('base64') }),
      File: path,
      ...(event !== undefined && { FileEvent: event }),
    };
    yield JSON.stringify(isHeartbeat ? {} : frame);
  }
}

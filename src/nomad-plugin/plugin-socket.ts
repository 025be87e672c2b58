// Owner of the plugin's socket file: where it is, who may connect, and that it is gone afterwards.

import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RawExecError } from '../errors.ts';
import { findGroup } from '../process/user.ts';
import type { HostWishes } from './handshake.ts';

/** See unix(7): with the NUL byte at its end. */
const longestPath = 107;

const ownMode = 0o600;
const groupMode = 0o660;

export function newSocketPath({ socketDirectory }: HostWishes): string {
  const path = join(
    socketDirectory ?? tmpdir(),
    `raw-exec-${process.pid}-${randomBytes(4).toString('hex')}`,
  );
  if (Buffer.byteLength(path) > longestPath) {
    throw new RawExecError(
      'ERR_PLUGIN_SOCKET',
      `cannot listen on ${path}: a socket's path has ${longestPath} bytes at most. Give a shorter directory by PLUGIN_UNIX_SOCKET_DIR or TMPDIR`,
      { path },
    );
  }
  return path;
}

/** Runs `bind`, which makes the file, so that nobody else can connect at any moment. */
export async function bindPrivately<Value>(bind: () => Promise<Value>): Promise<Value> {
  const before = process.umask(0o177);
  try {
    return await bind();
  } finally {
    process.umask(before);
  }
}

/** For the group that the host has named; otherwise the file stays this user's alone. */
export function openToGroup(path: string, { socketGroup }: HostWishes): void {
  if (socketGroup === undefined) {
    chmodSync(path, ownMode);
    return;
  }
  chownSync(path, statSync(path).uid, groupId(socketGroup));
  chmodSync(path, groupMode);
}

export function removeSocket(path: string): void {
  rmSync(path, { force: true });
}

/** By name or number. */
function groupId(group: string): number {
  const id = /^\d+$/.test(group) ? Number(group) : findGroup(group)?.gid;
  if (id !== undefined) return id;
  throw new RawExecError(
    'ERR_PLUGIN_SOCKET',
    `cannot give the plugin's socket to group ${JSON.stringify(group)} (PLUGIN_UNIX_SOCKET_GROUP): no such group`,
  );
}

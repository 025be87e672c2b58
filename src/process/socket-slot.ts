// Pure but for a look at descriptors: sockets and the streams of other processes as stdio.

import { constants, fstatSync } from 'node:fs';
import { openInChild, type SpawnPlan } from './spawn-plan.ts';

/**
 * `fd` is public in fs streams, FileHandle and the three standard streams; sockets (so the streams of another process
 * of ours too) keep it in `_handle`, where child_process looks for it as well.
 */
export function socketDescriptor(value: object): number | undefined {
  if (!('_handle' in value) || typeof value._handle !== 'object' || value._handle === null) {
    return undefined;
  }
  return 'fd' in value._handle && isDescriptor(value._handle.fd) ? value._handle.fd : undefined;
}

export function isDescriptor(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/**
 * The runtime has set O_NONBLOCK on a stream's pipe, and a program that gets the same open file would meet EAGAIN. So
 * the child opens the pipe anew; only sockets, which cannot be opened, are passed on as they are.
 */
export function readSocket(plan: SpawnPlan, slot: number, value: object, fd: number): number {
  if (!fstatSync(fd).isFIFO()) return fd;
  const isReadable = 'readable' in value && value.readable === true;
  const flags = isReadable ? constants.O_RDONLY : constants.O_WRONLY;
  return openInChild(plan, { slot, path: `/proc/${process.pid}/fd/${fd}`, flags, mode: 0 });
}

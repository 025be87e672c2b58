// Owner of the diagnostics channels. Publishing costs one property read while nobody listens.

import { type Channel, channel } from 'node:diagnostics_channel';
import type { ExitStatus } from './process/exit-status.ts';
import type { SpawnOptions } from './process/spawn-options.ts';
import type { SpawnedProcess } from './process/spawned-process.ts';

/** Message of the channel `raw-exec:spawn`, published when a program has been started. */
export interface SpawnMessage {
  readonly process: SpawnedProcess;
  readonly command: string;
  readonly args: readonly string[];
  readonly options: SpawnOptions | undefined;
}

/** Message of the channel `raw-exec:exit`, published before the listeners of 'exit' run. */
export interface ExitMessage {
  readonly process: SpawnedProcess;
  readonly status: ExitStatus;
}

export const spawnChannel: Channel<unknown, SpawnMessage> = channel('raw-exec:spawn');
export const exitChannel: Channel<unknown, ExitMessage> = channel('raw-exec:exit');

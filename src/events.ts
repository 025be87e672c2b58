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

/** Messages are of type `SpawnMessage`. */
export const spawnChannel: Channel = channel('raw-exec:spawn');
/** Messages are of type `ExitMessage`. */
export const exitChannel: Channel = channel('raw-exec:exit');

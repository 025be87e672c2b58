// Owner of the diagnostics channels. Publishing costs one property read while nobody listens.

import type { Channel } from 'node:diagnostics_channel';
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

interface Channels {
  /** Messages are of type `SpawnMessage`. */
  readonly spawn: Channel;
  /** Messages are of type `ExitMessage`. */
  readonly exit: Channel;
}

let made: Channels | undefined;

/** Made with the first start: an import need not pay for the loading of node:diagnostics_channel. */
export function channels(): Channels {
  made ??= makeChannels();
  return made;
}

function makeChannels(): Channels {
  const { channel } = process.getBuiltinModule('node:diagnostics_channel');
  return { spawn: channel('raw-exec:spawn'), exit: channel('raw-exec:exit') };
}

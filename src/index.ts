// The public surface of the package.

export {
  type ErrorDetails,
  InvalidOptionError,
  RawExecError,
  SpawnError,
  type SpawnErrorCode,
  type SpawnErrorDetails,
} from './errors.ts';
export type { ExitMessage, SpawnMessage } from './events.ts';
export type { ExitStatus } from './process/exit-status.ts';
export {
  type ForwardSignalsOptions,
  forwardSignals,
  type SignalForwarding,
} from './process/forward-signals.ts';
export { mirrorExit } from './process/mirror-exit.ts';
export { type RunOptions, type RunResult, run } from './process/run.ts';
export { spawn } from './process/spawn.ts';
export type {
  CgroupPaths,
  LimitValue,
  ResourceLimit,
  ResourceName,
  SpawnOptions,
  StdioFile,
  StdioHandle,
  StdioPipe,
  StdioSlot,
} from './process/spawn-options.ts';
export type {
  SignalTarget,
  SpawnedProcess,
  SpawnedProcessEvents,
} from './process/spawned-process.ts';
export type { StopOptions, StopReport, StopStep, StopStepReport } from './process/stop.ts';
export { findGroup, findUser, type Group, type User } from './process/user.ts';
export { type SignalName, signalName, signalNumber } from './signals.ts';

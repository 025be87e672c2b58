// The public surface of the package.

export type { AppliedLimit, NotAppliedLimit } from './cgroup/applied-limits.ts';
export type { ExitReason } from './cgroup/exit-reason.ts';
export type { GivenGroup } from './cgroup/given-group.ts';
export type { GroupSample } from './cgroup/group-sample.ts';
export type { ReapReport } from './cgroup/leftover-groups.ts';
export type { JobResources } from './cgroup/limits/implied-limits.ts';
export type { DeviceLimit, LimitOption, TaskLimits } from './cgroup/limits/task-limits.ts';
export type { OomKillEvent } from './cgroup/oom-watch.ts';
export type { ProcessSample } from './cgroup/process-list.ts';
export type { TaskSignalTarget } from './containment/signal-contained.ts';
export type { SurvivalReason, Survivor } from './containment/survivors.ts';
export type { DriverCapabilities } from './driver/capabilities.ts';
export { ConfigError } from './driver/config-error.ts';
export type { ConfigIssue } from './driver/config-issue.ts';
export type {
  DestroyTaskOptions,
  ExecTaskOptions,
  ExecTaskStreamingOptions,
  RawExecDriverOptions,
  TaskStatsStreamOptions,
  WaitOptions,
} from './driver/driver-options.ts';
export type { Fingerprint, FingerprintOptions } from './driver/fingerprint.ts';
export type { TaskContainmentWish } from './driver/host-groups.ts';
export type { InProcessHostOptions } from './driver/in-process-host.ts';
export type { KeeperHostOptions } from './driver/keeper-host-options.ts';
export type { LogCounters, TaskLogStatus } from './driver/log-status.ts';
export { RawExecDriver, type RawExecDriverEvents } from './driver/raw-exec-driver.ts';
export type {
  DriverTask,
  StopTaskOptions,
  TaskEvent,
  TaskHandle,
  TaskLogs,
  TaskStatus,
} from './driver/task.ts';
export { type EnvironmentLayers, layerEnvironment } from './driver/task-environment.ts';
export type {
  ExecRequest,
  ExecResult,
  StopRequest,
  StopTaskStep,
  TaskCredentials,
  TaskExit,
  TaskHost,
  TaskHostCapabilities,
  TaskHostEvents,
  TaskLogOutput,
  TaskOutput,
  TaskPlan,
  TaskRecord,
  TaskStreams,
  TaskUsage,
} from './driver/task-host.ts';
export type {
  CloseSessionOptions,
  ExecExit,
  ExecSession,
  ExecStreamingRequest,
} from './driver/task-session.ts';
export { TaskStuckError } from './driver/task-stuck-error.ts';
export {
  type ErrorDetails,
  InvalidOptionError,
  RawExecError,
  SpawnError,
  type SpawnErrorCode,
  type SpawnErrorDetails,
} from './errors.ts';
export type { ExitMessage, SpawnMessage } from './events.ts';
export { followLogs, type LogFollower } from './logs/follow-logs.ts';
export type { FollowLogsOptions, LogName, LogPosition, LogTail } from './logs/log-options.ts';
export type { ExitStatus } from './process/exit-status.ts';
export {
  type ForwardSignalsOptions,
  forwardSignals,
  type SignalForwarding,
} from './process/forward-signals.ts';
export { mirrorExit } from './process/mirror-exit.ts';
export type { TerminalSize } from './process/pseudo-terminal.ts';
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

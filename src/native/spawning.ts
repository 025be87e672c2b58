// The boundary of spawn and exit: what `Binding` and native/addon/boundary.h exchange.
//
// The hot path crosses without making JavaScript objects: numbers go through typed arrays shared with the addon, strings as
// NUL-joined blocks. Slots of those arrays are named by the constants below, and a test holds them against the C++ side.

import type { KeptTask } from './keeper.ts';

/** Slots of `Binding.request`, an Int32Array that JavaScript fills before `spawn`. */
export const RequestSlot = {
  /** Bits of `RequestFlag`. */
  flags: 0,
  /** Process group: -1 inherit, 0 new, >0 join that group. */
  processGroup: 1,
  /** oom_score_adj, used with `RequestFlag.oomScoreAdj`. */
  oomScoreAdj: 2,
  /** PR_SET_PDEATHSIG signal number, 0 = none. */
  parentDeathSignal: 3,
  /** How long the child may take to reach execve, in milliseconds. */
  execDeadlineMs: 4,
  /** How many strings are in the argv block (argv[0] included). */
  argc: 5,
  /** How many strings are in the environment block; -1 = this process's own environment. */
  envc: 6,
  /** How many stdio slots follow from `stdio` on. */
  stdioCount: 7,
  /**
   * Descriptor of a cgroup v2 group that the caller has made, -1 = none. It is not looked through: neither it nor a group above
   * it may have memory.oom.group. `spawn` takes it over in any case, and with it that of its cgroup.events, the next slot.
   */
  heldCgroup: 8,
  heldCgroupEvents: 9,
  /** One entry per slot: a descriptor (>= 0) of this process, or a `StdioKind`. */
  stdio: 10,
} as const;

/** How many stdio slots fit into the request array. */
export const maxStdioSlots = 64;

export const RequestFlag = {
  newSession: 1,
  oomScoreAdj: 2,
  noNewPrivs: 4,
  /** The spawned process keeps the event loop alive until it is unref'ed. */
  referenced: 8,
  /** With newSession: stdio slot 0 becomes the controlling terminal (TIOCSCTTY). */
  controllingTerminal: 16,
  /** With `RequestSlot.heldCgroup`: whether it is frozen was looked at just now. */
  groupIsChecked: 32,
  /**
   * When the process ends, its process group gets SIGKILL before it is reaped, while its pid cannot be anybody else's: what it
   * left behind in the group ends with it. Only for a process that leads its group.
   */
  killsGroupAtExit: 64,
} as const;

/** Values below zero in a stdio slot of the request. */
export const StdioKind = {
  /** /dev/null, read and write. */
  ignore: -1,
  /** A new pipe that the child reads (slot 0 by convention). */
  pipeIn: -2,
  /** A new pipe that the child writes. */
  pipeOut: -3,
  /** Opened in the child from `SpawnExtras.files`. */
  file: -4,
  /** The slot stays closed in the child. */
  closed: -5,
  /** The writing end of a log that the keeper makes; only with `spawnKept`. */
  logged: -6,
} as const;

/** Slots of `Binding.result`, an Int32Array that `spawn` fills. */
export const ResultSlot = {
  /** Positive errno when `spawn` returned -1. */
  errno: 0,
  /** Index into `spawnSteps` when `spawn` returned -1. */
  step: 1,
  /** Bits of `FailureFlag`. */
  failureFlags: 2,
  /** Index of the list element that failed (stdio slot, rlimit, v1 controller), or -1. */
  detail: 3,
  pid: 4,
  /** Which path was used: see `SpawnPath`. */
  path: 5,
  /** After `spawnReaped`: the socket to the reaper, for `watchReaper`. */
  control: 6,
  /** After `spawnReaped`: the reaper's own pid. */
  reaperPid: 7,
  /** From here on, one per stdio slot: our end of a pipe, or -1. */
  pipes: 8,
} as const;

export const FailureFlag = {
  /** The child was killed because it did not reach execve within the deadline. */
  deadline: 1,
  /** It could not be killed: it sits in uninterruptible sleep (`stuckBeforeExec`). */
  stuck: 2,
  /** Somebody else killed it before it had reached execve. */
  killedEarly: 4,
} as const;

export const SpawnPath = { fast: 0, careful: 1, plain: 2 } as const;

/** Columns of `Binding.exits` (Float64Array); one row of `exitColumns` numbers per exit, `exitBatch` rows at most per call. */
export const ExitColumn = {
  /** The value that `spawn` returned. */
  handle: 0,
  /** exit code, or -1 when it was ended by a signal. */
  code: 1,
  /** signal number, or 0. */
  signal: 2,
  coreDumped: 3,
  userCpuMs: 4,
  systemCpuMs: 5,
  maxRssBytes: 6,
  /** CLOCK_MONOTONIC in milliseconds, at the clone and at the moment that the exit was seen. */
  startedMonotonicMs: 7,
  exitedMonotonicMs: 8,
  /** 0, or the errno of waitid: the status is unknown (ECHILD: somebody else reaped it). */
  waitErrno: 9,
} as const;
export const exitColumns = 10;
export const exitBatch = 256;

/** The bits of a handle that are its index; those above tell apart the processes that had the same index. */
export const handleIndexMask = 0xf_ffff;

/** A file that the child opens for a stdio slot of kind `file`. */
export interface NativeFile {
  readonly slot: number;
  readonly path: string;
  /** open(2) flags and mode. */
  readonly flags: number;
  readonly mode: number;
}

/** The options that few starts have; absent keys are not asked for. */
export interface SpawnExtras {
  readonly files?: readonly NativeFile[];
  /** Directory of a cgroup v2 group. */
  readonly cgroupV2?: string;
  /** Directories of v1 groups, one per controller. */
  readonly cgroupV1?: readonly string[];
  /** Triples resource, soft, hard; -1 = RLIM_INFINITY. */
  readonly rlimits?: readonly number[];
  /** setpriority(2) value, -20…19. */
  readonly nice?: number;
  /** CPU numbers for sched_setaffinity(2). */
  readonly cpuAffinity?: readonly number[];
  readonly umask?: number;
  /** Path of a network namespace file for setns(2). */
  readonly networkNamespace?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Supplementary groups, set as they are (an empty list drops all). */
  readonly groups?: readonly number[];
}

/** One environment's (main thread or worker) connection to the engine. */
export interface Binding {
  readonly request: Int32Array;
  readonly result: Int32Array;
  readonly exits: Float64Array;
  /**
   * Starts a process. `argv` and `env` are NUL-joined blocks without a NUL at their end.
   * `file` is the path that execve gets: look-up in PATH has been done (`lookUp`).
   * @returns a handle >= 0, or -1 (see `result`), or -2 when a block does not hold the promised number of strings (a NUL inside one).
   */
  spawn(
    file: string,
    argv: string,
    env: string,
    cwd: string | undefined,
    extras: SpawnExtras | undefined,
  ): number;
  /**
   * The same, with a reaper as parent (native/reaper): whatever comes of the process stays below that.
   * @param killsWhenAlone - whether the reaper kills everything when this process ends
   */
  spawnReaped(
    file: string,
    argv: string,
    env: string,
    cwd: string | undefined,
    extras: SpawnExtras | undefined,
    killsWhenAlone: boolean,
  ): number;
  /**
   * Hands the same start to a keeper (native/keeper), which answers on its socket: `started` or `failed`.
   * @param keeper - the socket, as given to `watchKeeper`
   * @param request - the id of the answer
   * @returns 0 or a positive errno, EAGAIN when the keeper has not read what was sent before; -1 with `result` filled when a
   *   descriptor is not open; -2 as with `spawn`
   */
  spawnKept(
    file: string,
    argv: string,
    env: string,
    cwd: string | undefined,
    extras: SpawnExtras | undefined,
    task: KeptTask,
    keeper: number,
    request: number,
  ): number;
  /**
   * pidfd_send_signal(2), or kill(2) to the group that the process leads with `toGroup`.
   * @returns 0 or a positive errno; ESRCH once the exit was seen.
   */
  kill(handle: number, signal: number, toGroup: boolean): number;
  /** Whether the process keeps the event loop alive. */
  setReferenced(handle: number, isReferenced: boolean): void;
  /** After this no exit is delivered for that handle any more; the process is still reaped. */
  forget(handle: number): void;
  /** Called with the number of rows in `exits`. Never called while `spawn` runs. */
  onExits: (count: number) => void;
}

export interface SpawningFunctions {
  /** The binding of the calling environment; made at the first call. */
  binding(): Binding;
  /** Names of the child's steps, in the order of `ResultSlot.step`. */
  readonly spawnSteps: readonly string[];
}

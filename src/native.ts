// Owner of the native addon: the only file that loads it, and the one place where every native symbol is declared.
//
// The hot path (spawn, exit) crosses this boundary without making JavaScript objects: numbers go through typed
// arrays shared with the addon, strings as NUL-joined blocks. Slots of those arrays are named by the constants below,
// and a test holds them against the C++ side.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  /** One entry per slot: a descriptor (>= 0) of this process, or a `StdioKind`. */
  stdio: 8,
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
  /** From here on, one per stdio slot: our end of a pipe, or -1. */
  pipes: 8,
} as const;

export const FailureFlag = {
  /** The child was killed because it did not reach execve within the deadline. */
  deadline: 1,
  /** It could not be killed: it sits in uninterruptible sleep (`stuckBeforeExec`). */
  stuck: 2,
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

/** A user as the system's name service tells it (getpwnam_r, getpwuid_r, getgrouplist). */
export interface NativeUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** Primary group included, no duplicates. */
  readonly groups: readonly number[];
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
   * pidfd_send_signal(2), or kill(2) to the group that the process leads with `toGroup`.
   * @returns 0 or a positive errno; ESRCH once the exit was seen.
   */
  kill(handle: number, signal: number, toGroup: boolean): number;
  /** Whether the process keeps the event loop alive. */
  setReferenced(handle: number, isReferenced: boolean): void;
  /**
   * When the process ends, its process group gets SIGKILL before it is reaped, while its pid cannot be anybody else's: what it
   * left behind in the group ends with it. Only for a process that leads its group.
   */
  killGroupAtExit(handle: number, isWanted: boolean): void;
  /** After this no exit is delivered for that handle any more; the process is still reaped. */
  forget(handle: number): void;
  /** Called with the number of rows in `exits`. Never called while `spawn` runs. */
  onExits: (count: number) => void;
}

export interface Native {
  /** The binding of the calling environment; made at the first call. */
  binding(): Binding;
  /** Names of the child's steps, in the order of `ResultSlot.step`. */
  readonly spawnSteps: readonly string[];
  /**
   * Looks a command without a slash up in `path` (a PATH value) as execvp does; `cwd` is what empty and relative elements refer to.
   * @returns the file, or minus the errno to report (ENOENT, or EACCES when a file was there that may not be executed).
   */
  lookUp(command: string, path: string, cwd: string | undefined): string | number;
  /** By name or id. @returns undefined for an unknown user; throws an Error with `errno` when the name service fails. */
  findUser(nameOrId: string | number): NativeUser | undefined;
  findGroup(nameOrId: string | number): { readonly name: string; readonly gid: number } | undefined;
  /** What the kernel has; bits are named in `KernelFeature`. */
  kernelFeatures(): number;
  /** For tests: pretend that these features are absent (0 = none). Takes effect for later starts of this process. */
  disableFeatures(bits: number): void;
  /** ioctl TIOCSWINSZ / TIOCGWINSZ and tcsetpgrp/tcgetpgrp on a terminal; negative results are errnos. */
  tcsetpgrp(fd: number, pgid: number): number;
  tcgetpgrp(fd: number): number;
  getpgid(pid: number): number;
  /** The calling process stops or ends itself with the default action of `signal` (SIGTSTP, or to die by the child's signal). */
  raiseDefault(signal: number): void;
  /** A pseudo-terminal: [controller, terminal] descriptors, both O_CLOEXEC; negative errno on failure. */
  openPty(columns: number, rows: number): readonly [number, number] | number;
  setWindowSize(fd: number, columns: number, rows: number): number;
  /** closes a descriptor that `spawn` or `openPty` handed out. */
  close(fd: number): void;
}

/** Bits of `Native.kernelFeatures`. */
export const KernelFeature = {
  clone3: 1,
  cloneIntoCgroup: 2,
  cloneClearSighand: 4,
  pidfd: 8,
  closeRange: 16,
  closeRangeUnshare: 32,
  sharedVfork: 64,
  forker: 128,
} as const;

const require = createRequire(import.meta.url);

// Up from dist/ in the package, from build/js/src/ in compiled tests.
function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json')) && directory !== '/') {
    directory = dirname(directory);
  }
  return directory;
}

// What the running node is linked with. Hosts with both loaders run a glibc node.
function libcName(): string {
  const isMusl = existsSync('/lib/ld-musl-x86_64.so.1') || existsSync('/lib/ld-musl-aarch64.so.1');
  const isGlibc =
    existsSync('/lib64/ld-linux-x86-64.so.2') || existsSync('/lib/ld-linux-aarch64.so.1');
  return isMusl && !isGlibc ? 'musl' : 'glibc';
}

function open(file: string): Native {
  const loaded: { exports: object } = { exports: {} };
  process.dlopen(loaded, file);
  return loaded.exports as Native;
}

function load(): Native {
  // For sanitizer builds and debugging: another build of the addon, by absolute path.
  const other = process.env['RAW_EXEC_ADDON'];
  if (other !== undefined && other !== '') return open(other);
  const platform = `linux-${process.arch}-${libcName()}`;
  try {
    // Where it lies in the package. `bindings` finds it too, but takes two of the few milliseconds that an import may cost.
    const prebuilt = join(packageRoot(), 'prebuilds', platform, 'raw_exec.node');
    if (existsSync(prebuilt)) return open(prebuilt);
    const loadBinding = require('bindings') as (options: object) => unknown;
    return loadBinding({
      bindings: 'raw_exec.node',
      module_root: packageRoot(),
      try: [
        ['module_root', 'prebuilds', platform, 'bindings'],
        ['module_root', 'build', 'Release', 'bindings'],
      ],
    }) as Native;
  } catch (cause) {
    throw new Error(
      `cannot load the native addon of raw-exec for ${platform} (tried prebuilds/${platform} and ` +
        `build/Release in ${packageRoot()}): build it with \`npm run build\` (needs g++, make, python3)`,
      { cause },
    );
  }
}

/** The addon. Prebuilt first, then what `npm run build` made. */
export const native: Native = load();

// What passes between a supervisor and its keeper (native/addon/keeper.cc, native/core/wire/client_messages.h). Times are
// milliseconds of the clocks that the names tell; serials count up and are never used twice in a state directory.

import type { Watch } from './containment.ts';

/** Kinds of messages; a test holds them against `ClientKind` of the C++ side. */
export const KeeperKind = {
  forget: 6,
  adopt: 7,
  logStatus: 8,

  failed: 100,
  welcome: 101,
  started: 102,
  signalled: 103,
  stopped: 104,
  tasks: 105,
  done: 106,
  task: 107,
  logCounters: 108,

  exited: 201,
  sessionExited: 202,
} as const;

/** The kind of the last call: the keeper has gone. */
export const keeperClosed = 0;

export const KeeperReason = {
  malformed: 1,
  spawn: 2,
  exists: 3,
  unknownTask: 4,
  stillPopulated: 5,
  record: 6,
  noHolder: 7,
  protocol: 8,
  busy: 9,
  log: 10,
  upgrade: 11,
  notRunning: 12,
} as const;

export const KeeperTarget = { main: 0, group: 1, everything: 2 } as const;

export const KeeperExitState = { running: 0, exited: 1, unknown: 2, lost: 3 } as const;

/** A stream that a pump writes to files `name.0`, `name.1`, … */
export interface KeptLog {
  readonly directory: string;
  readonly name: string;
  readonly maxFiles: number;
  readonly maxFileSize: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** 0: splice, 1: copy. */
  readonly pump: number;
  /** 0: block, 1: drop. */
  readonly whenFull: number;
}

/** What a start through a keeper has beside its plan. */
export interface KeptTask {
  readonly id: string;
  /**
   * 1: a command beside the running task of this id, which ends with this process; it has no logs and, in groups, no attachment.
   * @default 0
   */
  readonly isSession?: number;
  /** 1: a reaper holds it together; it has no groups of its own. @default 0 */
  readonly isTree?: number;
  readonly v2Group: string;
  readonly v1Groups: readonly { readonly controller: string; readonly directory: string }[];
  /** Given back with every record of the task. */
  readonly attachment: string;
  /** 1: the task is stopped, by `steps`, when this process has ended. */
  readonly isKilledWithSupervisor: number;
  /** Triples signal, `KeeperTarget`, grace in milliseconds. */
  readonly steps: Int32Array;
  readonly stdout: KeptLog | undefined;
  readonly stderr: KeptLog | undefined;
}

export interface KeeperWelcome {
  readonly protocol: number;
  readonly keeperPid: number;
  readonly holderPid: number;
}

export interface KeeperFailure {
  /** Positive errno. */
  readonly error: number;
  /** Of `KeeperReason`. */
  readonly reason: number;
  /** Index into `spawnSteps`, with `KeeperReason.spawn`. */
  readonly step: number;
  /** With `KeeperReason.protocol`: the keeper's own. */
  readonly detail: number;
  /** Bits of `FailureFlag`. */
  readonly flags: number;
  readonly text: string;
}

export interface KeeperStarted {
  readonly serial: number;
  readonly pid: number;
  /** Of a tree, while its reaper is there; else 0. */
  readonly reaperPid: number;
  /** Field 22 of proc_pid_stat(5). */
  readonly startTicks: number;
  readonly startedAtMs: number;
}

export interface KeeperExit {
  /** Of `KeeperExitState`. */
  readonly state: number;
  /** -1 when a signal ended it, or nobody knows. */
  readonly code: number;
  readonly signal: number;
  readonly coreDumped: boolean;
  /** 0: unknown. */
  readonly exitedAtMs: number;
  readonly durationMs: number;
  readonly userCpuMs: number;
  readonly systemCpuMs: number;
  readonly maxRssBytes: number;
  /** -1: unknown. */
  readonly oomKills: number;
  readonly wasStopped: boolean;
}

export interface KeeperTaskInfo extends KeeperStarted {
  /** 0: it is a task; else the serial of the task beside which it runs, whose id it has. */
  readonly sessionOf: number;
  readonly id: string;
  readonly isKilledWithSupervisor: boolean;
  readonly isPopulated: boolean;
  readonly v2Group: string;
  readonly v1Groups: readonly { readonly controller: string; readonly directory: string }[];
  readonly attachment: string;
  readonly exit: KeeperExit;
}

export interface KeeperSignalled {
  readonly reached: number;
  /** Pairs pid, errno. */
  readonly refused: Int32Array;
}

export interface KeeperStopped {
  readonly killed: number;
  readonly steps: readonly {
    readonly signal: number;
    readonly target: number;
    readonly reached: number;
    readonly hasEnded: boolean;
    readonly sentAtMs: number;
    readonly waitedMs: number;
  }[];
  /** Pairs pid, errno. */
  readonly survivors: Int32Array;
}

export interface KeeperPage {
  readonly tasks: readonly KeeperTaskInfo[];
  readonly isLast: boolean;
}

export interface KeeperExited {
  readonly serial: number;
  readonly pid: number;
  readonly id: string;
  readonly exit: KeeperExit;
}

export interface KeeperLogCounters {
  readonly bytes: number;
  readonly droppedBytes: number;
  readonly blockedMs: number;
  readonly rotations: number;
  /** How often somebody else has made the file shorter. */
  readonly truncations: number;
  /** Why it cannot be written now; 0: it can. */
  readonly error: number;
  readonly hasEnded: boolean;
}

export interface KeeperFunctions {
  /** The executable of the keeper: it lies beside the addon. */
  readonly keeperPath: string;
  /** What this addon speaks; a keeper of another version is not greeted. */
  readonly keeperProtocol: number;
  /** @returns a descriptor, or minus errno: ENOENT, ECONNREFUSED when no keeper listens */
  connectKeeper(path: string): number;
  /**
   * Takes the socket over. The watch holds the event loop.
   * @param onMessage the body is undefined for a message that this version cannot read, and for `keeperClosed`
   */
  watchKeeper(
    keeper: number,
    onMessage: (kind: number, request: number, body: unknown) => void,
  ): Watch | number;
  /** Each of the following returns 0 or a positive errno: EAGAIN when the keeper has not read what was sent before. */
  keeperHello(keeper: number, request: number, name: string): number;
  /** In place of hello, to a keeper of an older protocol: the connection ends when it has become `path`. */
  keeperUpgrade(keeper: number, request: number, path: string): number;
  /** @param session serial of a command beside the task; 0: the task with all of them */
  keeperSignal(
    keeper: number,
    request: number,
    id: string,
    signal: number,
    target: number,
    session: number,
  ): number;
  keeperStop(
    keeper: number,
    request: number,
    id: string,
    killGraceMs: number,
    steps: Int32Array,
    session: number,
  ): number;
  /** EMSGSIZE for an attachment of more than 32 KiB. */
  keeperDescribe(keeper: number, request: number, id: string, attachment: string): number;
  keeperList(keeper: number, request: number, after: number): number;
  /** @param kind `KeeperKind.forget`, `adopt` or `logStatus` */
  keeperForTask(keeper: number, request: number, kind: number, id: string): number;
  keeperForgetSession(keeper: number, request: number, id: string, session: number): number;
}

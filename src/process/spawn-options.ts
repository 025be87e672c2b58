// Pure: the options of spawn(), as users write them.

import type { Readable, Writable } from 'node:stream';
import type { SignalName } from '../signals.ts';

/** A file that the engine opens for a slot: no byte of it goes through JavaScript. */
export interface StdioFile {
  /**
   * Opened in the child before it changes its directory, its user and its limits: a relative path is relative to this
   * process's directory, and this process's rights count.
   */
  readonly file: string;
  /**
   * @default 'read' for slot 0, 'write' for the others
   */
  readonly access?: 'read' | 'write' | 'readWrite';
  /** Write at the end (O_APPEND) instead of emptying the file first (O_TRUNC). @default false */
  readonly append?: boolean;
  /** Mode of a file that has to be made, before the umask, see open(2). @default 0o666 */
  readonly mode?: number;
  /**
   * Whether a file that is not there is made (O_CREAT), and one that is there emptied. With `false` it is opened as it is: what a FIFO
   * wants, whose opening waits for a reader as long as a start may take. @default true for all but `access: 'read'`
   */
  readonly create?: boolean;
  /** Fail with ELOOP where the last part of the path is a symbolic link (O_NOFOLLOW). @default false */
  readonly noFollow?: boolean;
}

/** A pipe with its direction spelt out, for slots from 3 on. */
export interface StdioPipe {
  /** What the child does with its end. */
  readonly pipe: 'read' | 'write';
}

/** Anything that has an open descriptor: process.stdout, a FileHandle, an fs stream that is open. */
export interface StdioHandle {
  readonly fd: number;
}

/**
 * What the child finds at one descriptor:
 * - `'pipe'`: a new pipe (a real one, so that /dev/stdin and its like can be opened). The child reads slot 0 and
 *   writes the others; `{ pipe: 'read' | 'write' }` says it for slots from 3 on.
 * - `'inherit'`: this process's descriptor of the same number.
 * - `'ignore'`: /dev/null.
 * - `'closed'`: nothing. The first file that the program opens may get this number.
 * - a number or an object with `fd`: that descriptor of this process.
 * - a stream over a descriptor: a socket, or a pipe such as another process's `stdout`. Nothing of it may have been read
 *   here; destroy it afterwards, so that the other end can see its last user go.
 * - `{ file }`: a file.
 */
export type StdioSlot =
  | 'pipe'
  | 'inherit'
  | 'ignore'
  | 'closed'
  | number
  | StdioHandle
  | Readable
  | Writable
  | StdioFile
  | StdioPipe;

/** A limit: a whole number, or `'unlimited'`. */
export type LimitValue = number | 'unlimited';

/** One resource limit: both values at once, or the soft and the hard one. */
export type ResourceLimit = LimitValue | { readonly soft: LimitValue; readonly hard: LimitValue };

/** The resources of getrlimit(2), RLIMIT_NOFILE being `nofile`. */
export type ResourceName =
  | 'as'
  | 'core'
  | 'cpu'
  | 'data'
  | 'fsize'
  | 'locks'
  | 'memlock'
  | 'msgqueue'
  | 'nice'
  | 'nofile'
  | 'nproc'
  | 'rss'
  | 'rtprio'
  | 'rttime'
  | 'sigpending'
  | 'stack';

/** Existing cgroups to join, on hosts with version 2, version 1, or both. */
export interface CgroupPaths {
  /** Directory of a version 2 group. */
  readonly v2?: string;
  /** Directories of version 1 groups by controller. */
  readonly v1?: Readonly<Record<string, string>>;
}

/** Options of `spawn`. Optional means absent: an explicit `undefined` is refused. */
export interface SpawnOptions {
  /** Working directory, see chdir(2). Relative commands are looked up from there. @default this process's */
  readonly cwd?: string;
  /**
   * The whole environment of the child; entries whose value is undefined are left out.
   * The command is looked up in its PATH.
   * @default this process's environment
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the program sees as its own name. @default the command as given */
  readonly argv0?: string;
  /**
   * One word for the first three descriptors, or one entry per descriptor; missing entries among the first three are
   * pipes. At most 64.
   * @default 'pipe'
   */
  readonly stdio?: 'pipe' | 'inherit' | 'ignore' | readonly StdioSlot[];
  /**
   * `'new'`: the child leads its own process group, so that signals can reach all that it starts (`to: 'group'`) and
   * a terminal's Ctrl-C does not. A number: it joins that group, which must be in this session, see setpgid(2).
   * @default 'inherit'
   */
  readonly processGroup?: 'inherit' | 'new' | number;
  /** The child leads a new session without a terminal, see setsid(2), and its own group. @default false */
  readonly newSession?: boolean;
  /** With `newSession`: the terminal at slot 0 becomes the session's. @default false */
  readonly controllingTerminal?: boolean;
  /** -1000 (never killed) to 1000 (killed first); lowering it needs CAP_SYS_RESOURCE, see proc_pid_oom_score_adj(5). */
  readonly oomScoreAdj?: number;
  /**
   * An existing group that the child is in from its first instruction on: a version 2 directory, or paths per
   * version. The group is never killed, frozen or signalled as a whole: it may hold others. Needs no kernel newer
   * than 4.5; from 5.7 on it costs nothing (clone3(2), CLONE_INTO_CGROUP).
   */
  readonly cgroup?: string | CgroupPaths;
  /**
   * Run as this user (a name, or an id): user id, primary group and exactly that user's supplementary groups.
   * Needs CAP_SETUID and CAP_SETGID. The environment is left as it is.
   */
  readonly user?: string | number;
  /** Primary group, by name or id. @default the user's */
  readonly group?: string | number;
  /** Supplementary groups, exactly these. @default the user's */
  readonly groups?: readonly (string | number)[];
  /** Limits by resource, see getrlimit(2). Raising a hard limit needs CAP_SYS_RESOURCE. */
  readonly resourceLimits?: Readonly<Partial<Record<ResourceName, ResourceLimit>>>;
  /** -20 (most CPU time) to 19 (least), see setpriority(2). */
  readonly nice?: number;
  /** The CPUs that it may run on, see sched_setaffinity(2). */
  readonly cpuAffinity?: readonly number[];
  /** 0 to 0o777, see umask(2). */
  readonly umask?: number;
  /** A network namespace to enter: a file such as /run/netns/blue, see setns(2). Needs CAP_SYS_ADMIN. */
  readonly networkNamespace?: string;
  /** No program started from here gains rights by set-user-ID bits, see PR_SET_NO_NEW_PRIVS(2const). @default false */
  readonly noNewPrivs?: boolean;
  /**
   * Sent to the child when this process ends, however it ends; a worker thread may end before. See
   * PR_SET_PDEATHSIG(2const). Programs with set-user-ID bits clear it.
   */
  readonly parentDeathSignal?: SignalName;
  /**
   * How long the start may take until the program has begun, in milliseconds: a dead network file system or a frozen
   * group would stop it forever.
   * @default 10000
   */
  readonly execDeadlineMs?: number;
  /** After so many milliseconds the process is stopped: `killSignal`, then SIGKILL five seconds later. */
  readonly timeoutMs?: number;
  /** What `timeoutMs`, `signal`, `stop()` and disposal send first. @default 'SIGTERM' */
  readonly killSignal?: SignalName;
  /** Firing stops the process, as `timeoutMs` does. When it has fired already nothing is started (ERR_ABORTED). */
  readonly signal?: AbortSignal;
  /**
   * With a group of its own: when the process ends, by itself or not, whatever it has left in its group gets SIGKILL
   * before the group's id can become anybody else's.
   * @default false
   */
  readonly killGroupAtExit?: boolean;
  /**
   * What leaving an `await using` block does: true stops the process (`stop()`), false waits for its end.
   * @default false
   */
  readonly killOnDispose?: boolean;
}

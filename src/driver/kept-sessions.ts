// Owner of the commands that run beside tasks of the keeper, as children of its holder, with pipes to this process.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  makeSessionPlace,
  removeSessionPlace,
  type SessionPlace,
} from '../cgroup/session-place.ts';
import type { KeeperClient } from '../keeper/keeper-client.ts';
import { isBeingReplaced, isKeeperGone } from '../keeper/keeper-errors.ts';
import {
  type KeeperExit,
  type KeeperExited,
  KeeperExitState,
  type KeeperTaskInfo,
} from '../native/keeper.ts';
import type { ChildStdio } from '../process/child-stdio.ts';
import { hasErrorCode } from '../system-code.ts';
import { collectExec, type ExecSession } from './collect-exec.ts';
import { driverClosed } from './driver-errors.ts';
import { spawnOptionsOf } from './held-task.ts';
import { describeSurvivors, isTaskUnknown, sessionUnknown } from './kept-errors.ts';
import { keptExit } from './kept-exit.ts';
import type { KeptTask } from './kept-task.ts';
import { describeSession, ladderOf } from './kept-wish.ts';
import type { ExecRequest, ExecResult } from './task-host.ts';
import { TaskStuckError } from './task-stuck-error.ts';

/** Between attempts; a second in all. */
const shortestPauseMs = 4;
const longestPauseMs = 512;

interface Running {
  readonly task: KeptTask;
  readonly streams: readonly Readable[];
  readonly tell: (exit: KeeperExit) => void;
  readonly lose: () => void;
  /** Until it is over the keeper forgets nothing: the end of the program is told before. */
  killing?: Promise<void>;
}

interface Started {
  readonly serial: number;
  /** Of its own reaper, beside a task that has one; else 0. */
  readonly reaperPid: number;
  readonly streams: readonly Readable[];
}

export interface KeptSessionsOptions {
  readonly killGraceMs: number;
  /** For what nobody waits for. */
  readonly tell: (error: unknown) => void;
}

export class KeptSessions {
  readonly #client: KeeperClient;
  readonly #options: KeptSessionsOptions;
  /** By serial. */
  readonly #running = new Map<number, Running>();
  /** Pids of reapers, by serial: what a command has left behind is below its own for as long as it runs. */
  readonly #reapers = new WeakMap<KeptTask, Map<number, number>>();
  /** From their first act to their last. */
  readonly #runs = new Set<Promise<ExecResult>>();
  /** Ends that were told before the start that they belong to had come back. */
  readonly #early = new Map<number, KeeperExit>();
  #starting = 0;
  #isClosed = false;

  constructor(client: KeeperClient, options: KeptSessionsOptions) {
    this.#client = client;
    this.#options = options;
    client.events.on('sessionExited', (exited) => this.#noteExited(exited));
    client.events.on('replaced', () => void this.#catchUp().catch(options.tell));
  }

  /**
   * As `execBeside` of the in-process host. At the deadline all that came of the command gets SIGKILL; when this process ends
   * before, the keeper ends it.
   */
  run(task: KeptTask, request: ExecRequest): Promise<ExecResult> {
    const run = this.#run(task, request);
    this.#runs.add(run);
    const forget = (): void => {
      this.#runs.delete(run);
    };
    run.then(forget, forget);
    return run;
  }

  /** The reapers of what this process has run beside a task, and what of it still runs. */
  reapersBeside(task: KeptTask): readonly number[] {
    const reapers = this.#reapers.get(task) ?? new Map<number, number>();
    for (const [serial, pid] of reapers) {
      if (!isReaper(pid, serial)) reapers.delete(serial);
    }
    return [...reapers.values()];
  }

  /** Nobody would read what they write: all get SIGKILL. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const kills = [...this.#running].map(([serial, running]) => this.#abandon(serial, running));
    // Who has asked for the command is told what has become of it.
    await Promise.allSettled([...kills, ...this.#runs]);
  }

  /** Nobody waits for the deadline of a command that cannot be killed, nor for one who has got away with its output. */
  async #abandon(serial: number, { task, streams, lose }: Running): Promise<void> {
    try {
      await this.#kill(task, serial);
    } catch (error) {
      this.#options.tell(error);
      lose();
    }
    for (const stream of streams) stream.destroy();
  }

  async #run(task: KeptTask, request: ExecRequest): Promise<ExecResult> {
    for (let pauseMs = shortestPauseMs; ; pauseMs *= 2) {
      try {
        return await this.#runOnce(task, request);
      } catch (error) {
        // It has begun nothing, and has a successor within moments.
        if (!isBeingReplaced(error) || pauseMs > longestPauseMs || this.#isClosed) throw error;
        await delay(pauseMs);
      }
    }
  }

  async #runOnce(task: KeptTask, request: ExecRequest): Promise<ExecResult> {
    const place = task.group === undefined ? randomUUID() : makeSessionPlace(task.group);
    this.#starting += 1;
    try {
      const started = await this.#start(task, request, place);
      const { serial } = started;
      const session = this.#open(task, started);
      const timeoutMs = this.#isClosed ? 0 : request.timeoutMs;
      const result = await collectExec(session, { ...request, timeoutMs }).finally(async () => {
        const killing = this.#running.get(serial)?.killing;
        this.#running.delete(serial);
        // Whoever has asked for it is told when it fails.
        if (killing !== undefined) await Promise.allSettled([killing]);
        await this.#forget(task.id, serial);
      });
      if (this.#isClosed) throw driverClosed();
      return result;
    } finally {
      if (typeof place !== 'string') removeSessionPlace(place);
    }
  }

  async #start(
    task: KeptTask,
    { command, args }: ExecRequest,
    place: SessionPlace | string,
  ): Promise<Started> {
    let stdio: ChildStdio | undefined;
    const options = spawnOptionsOf(task.plan, ['ignore', 'pipe', 'pipe']);
    try {
      const start = this.#client.start({
        command,
        args,
        options: typeof place === 'string' ? options : { ...options, cgroup: place.cgroup },
        task: describeSession(task.id, place),
        onSent: (pipes) => {
          stdio = pipes;
        },
      });
      const { serial, reaperPid } = await start.catch((error: unknown) =>
        this.#findStarted(place, error),
      );
      return { serial, reaperPid, streams: outputsOf(stdio) };
    } catch (error) {
      stdio?.close();
      this.#endStart();
      throw error;
    }
  }

  /** A keeper that has gone before it answered may have started it all the same. Rejects with `error` when none did. */
  async #findStarted(place: SessionPlace | string, error: unknown): Promise<KeeperTaskInfo> {
    const isIt = identify(place);
    if (!isKeeperGone(error) || isIt === undefined) throw error;
    const found = (await this.#client.sessions()).find(isIt);
    if (found === undefined) throw error;
    if (found.exit.state !== KeeperExitState.running) this.#noteExited(found);
    return found;
  }

  #open(task: KeptTask, { serial, reaperPid, streams }: Started): ExecSession {
    if (reaperPid > 0) {
      const reapers = this.#reapers.get(task) ?? new Map<number, number>();
      this.#reapers.set(task, reapers.set(serial, reaperPid));
    }
    const exited = new Promise<{ exitCode: number; signal: number }>((resolve, reject) => {
      const lose = (): void => reject(sessionUnknown(task.id));
      const tell = (exit: KeeperExit): void => {
        const { exitCode, signal, isStatusKnown } = keptExit(exit, undefined);
        if (isStatusKnown) resolve({ exitCode, signal });
        else lose();
      };
      this.#running.set(serial, { task, streams, tell, lose });
      const early = this.#early.get(serial);
      if (early !== undefined) tell(early);
    });
    this.#endStart();
    return { streams, exited, kill: () => this.#kill(task, serial) };
  }

  #endStart(): void {
    this.#starting -= 1;
    if (this.#starting === 0) this.#early.clear();
  }

  #noteExited({ serial, exit }: Pick<KeeperExited, 'serial' | 'exit'>): void {
    const running = this.#running.get(serial);
    if (running !== undefined) running.tell(exit);
    else if (this.#starting > 0) this.#early.set(serial, exit);
  }

  /** After a keeper was replaced: ends that it could not tell. */
  async #catchUp(): Promise<void> {
    const before = [...this.#running];
    if (before.length === 0) return;
    const sessions = await this.#client.sessions();
    const exits = new Map(sessions.map(({ serial, exit }) => [serial, exit]));
    for (const [serial, { tell, lose }] of before) {
      const exit = exits.get(serial);
      if (exit === undefined) lose();
      else if (exit.state !== KeeperExitState.running) tell(exit);
    }
  }

  #kill(task: KeptTask, serial: number): Promise<void> {
    const killing = this.#killAll(task, serial);
    const running = this.#running.get(serial);
    if (running !== undefined) running.killing = killing;
    return killing;
  }

  async #killAll({ id }: KeptTask, serial: number): Promise<void> {
    const { survivors } = await this.#client.stop(
      id,
      this.#options.killGraceMs,
      ladderOf([]),
      serial,
    );
    if (survivors.length > 0) throw new TaskStuckError(id, describeSurvivors(survivors));
  }

  /** One that not even SIGKILL has ended, and what is in the way now, the keeper forgets when this process has ended. */
  async #forget(id: string, serial: number): Promise<void> {
    try {
      await this.#client.forgetSession(id, serial);
    } catch (error) {
      if (!isTaskUnknown(error)) this.#options.tell(error);
    }
  }
}

/** What tells a session from all others: its mark, or a group of its own. Undefined: nothing does. */
function identify(place: SessionPlace | string): ((info: KeeperTaskInfo) => boolean) | undefined {
  if (typeof place === 'string') return ({ attachment }) => attachment === place;
  const { v2 = '', v1 } = place;
  const [own] = v1;
  if (v2 === '' && own === undefined) return undefined;
  return ({ v2Group, v1Groups }) => v2Group === v2 && v1Groups[0]?.directory === own?.directory;
}

/** Whether the process with this number is still the one that was told of: its arguments name what it is for. */
function isReaper(pid: number, serial: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text.includes(`\0--serial\0${serial}\0`);
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT', 'ESRCH'])) return false;
    throw error;
  }
}

function outputsOf(stdio: ChildStdio | undefined): readonly Readable[] {
  return [stdio?.readable(1), stdio?.readable(2)].filter(
    (stream) => stream !== undefined && stream !== null,
  );
}

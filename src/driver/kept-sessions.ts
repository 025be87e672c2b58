// Owner of the commands that run beside tasks of the keeper, as children of its holder, with pipes to this process.

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  makeSessionPlace,
  removeSessionPlace,
  type SessionPlace,
} from '../cgroup/session-place.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import type { KeeperClient } from '../keeper/keeper-client.ts';
import { isBeingReplaced, isKeeperGone } from '../keeper/keeper-errors.ts';
import {
  type KeeperExit,
  type KeeperExited,
  KeeperExitState,
  type KeeperTaskInfo,
} from '../native/keeper.ts';
import type { ChildStdio } from '../process/child-stdio.ts';
import type { SpawnOptions } from '../process/spawn-options.ts';
import { type CollectedCommand, collectExec } from './collect-exec.ts';
import { driverClosed, parseSignal } from './driver-errors.ts';
import type { StreamedCommand } from './exec-session.ts';
import { spawnOptionsOf } from './held-task.ts';
import { describeSurvivors, isTaskUnknown, sessionUnknown } from './kept-errors.ts';
import { keptExit } from './kept-exit.ts';
import { identify, isNothingLeft, isReaper } from './kept-place.ts';
import type { KeptTask } from './kept-task.ts';
import { describeSession, keeperTargets, ladderOf } from './kept-wish.ts';
import { OpenSessions } from './open-sessions.ts';
import { SessionStdio } from './session-stdio.ts';
import type { ExecRequest, ExecResult, StopTaskStep } from './task-host.ts';
import type { ExecSession, ExecStreamingRequest } from './task-session.ts';
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

/** What is asked for, whatever becomes of the output. */
type Command = Pick<ExecRequest, 'command' | 'args'>;

interface Started {
  readonly serial: number;
  /** Of its own reaper, beside a task that has one; else 0. */
  readonly reaperPid: number;
  /** This process's ends of its pipes. */
  readonly pipes: ChildStdio | undefined;
}

export interface KeptSessionsOptions {
  readonly killGraceMs: number;
  /** For what nobody waits for. */
  readonly tell: (error: unknown) => void;
  /** One command more or less runs: what the keeper tells is waited for. */
  readonly countRunning: (change: 1 | -1) => void;
}

export class KeptSessions {
  readonly #client: KeeperClient;
  readonly #options: KeptSessionsOptions;
  /** By serial. */
  readonly #running = new Map<number, Running>();
  /** Pids of reapers, by serial: what a command has left behind is below its own for as long as it runs. */
  readonly #reapers = new WeakMap<KeptTask, Map<number, number>>();
  /** From their first act to their last. */
  readonly #acts = new Set<Promise<unknown>>();
  readonly #open = new OpenSessions();
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
    return this.#act(() => this.#runOnce(task, request));
  }

  /** As `openBeside` of the in-process host. When this process ends before the session does, the keeper ends it. */
  open(task: KeptTask, request: ExecStreamingRequest): Promise<ExecSession> {
    return this.#act(() => this.#openOnce(task, request));
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
    await Promise.allSettled([...kills, ...this.#acts, this.#open.close()]);
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

  #act<Value>(attempt: () => Promise<Value>): Promise<Value> {
    const act = this.#untilReplaced(attempt);
    this.#acts.add(act);
    const forget = (): void => {
      this.#acts.delete(act);
    };
    act.then(forget, forget);
    return act;
  }

  async #untilReplaced<Value>(attempt: () => Promise<Value>): Promise<Value> {
    for (let pauseMs = shortestPauseMs; ; pauseMs *= 2) {
      try {
        return await attempt();
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
      const options = spawnOptionsOf(task.plan, ['ignore', 'pipe', 'pipe']);
      const started = await this.#start(task, request, options, place);
      const { serial, pipes } = started;
      const session = this.#collected(task, started, outputsOf(pipes));
      const timeoutMs = this.#isClosed ? 0 : request.timeoutMs;
      const result = await collectExec(session, { ...request, timeoutMs }).finally(() =>
        this.#letGo(task, serial),
      );
      if (this.#isClosed) throw driverClosed();
      return result;
    } finally {
      if (typeof place !== 'string') removeSessionPlace(place);
    }
  }

  async #openOnce(task: KeptTask, request: ExecStreamingRequest): Promise<ExecSession> {
    const command = await this.#startStreamed(task, request);
    const session = this.#open.open(command, request);
    if (!this.#isClosed) return session;
    await session.close({ graceMs: 0 });
    throw driverClosed();
  }

  async #startStreamed(task: KeptTask, request: ExecStreamingRequest): Promise<StreamedCommand> {
    const place = task.group === undefined ? randomUUID() : makeSessionPlace(task.group);
    this.#starting += 1;
    try {
      const stdio = this.#stdioFor(task, request);
      const started = await this.#start(task, request, stdio.options, place).catch(
        (error: unknown) => {
          stdio.close();
          throw error;
        },
      );
      return this.#streamed(task, started, stdio, place);
    } catch (error) {
      if (typeof place !== 'string') removeSessionPlace(place);
      throw error;
    }
  }

  #stdioFor({ plan }: KeptTask, request: ExecStreamingRequest): SessionStdio {
    try {
      return new SessionStdio(plan, request);
    } catch (error) {
      this.#endStart();
      throw error;
    }
  }

  async #start(
    task: KeptTask,
    { command, args }: Command,
    options: SpawnOptions,
    place: SessionPlace | string,
  ): Promise<Started> {
    let stdio: ChildStdio | undefined;
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
      return { serial, reaperPid, pipes: stdio };
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

  #collected(task: KeptTask, started: Started, streams: readonly Readable[]): CollectedCommand {
    const { serial } = started;
    const exited = this.#watch(task, started, streams);
    return { streams, exited, kill: () => this.#kill(task, serial) };
  }

  #streamed(
    task: KeptTask,
    started: Started,
    stdio: SessionStdio,
    place: SessionPlace | string,
  ): StreamedCommand {
    const { serial, reaperPid, pipes } = started;
    const streams = stdio.streams({
      stdin: pipes?.writable(0) ?? null,
      stdout: pipes?.readable(1) ?? null,
      stderr: pipes?.readable(2) ?? null,
    });
    return {
      streams,
      // Those who close them are the session's own.
      exited: this.#watch(task, started, []),
      signal: (signal, to) =>
        unlessForgotten(this.#signal(task, serial, signal, to)).then((reached) => reached ?? 0),
      isEmpty: () => isNothingLeft(place, reaperPid, serial),
      end: (steps) => unlessForgotten(this.#end(task, serial, steps)),
      release: async () => {
        await this.#letGo(task, serial);
        if (typeof place !== 'string') removeSessionPlace(place);
      },
    };
  }

  /** @param streams that go when the command cannot be ended */
  #watch(
    task: KeptTask,
    { serial, reaperPid }: Started,
    streams: readonly Readable[],
  ): CollectedCommand['exited'] {
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
    this.#options.countRunning(1);
    const uncount = (): void => this.#options.countRunning(-1);
    exited.then(uncount, uncount);
    this.#endStart();
    return exited;
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
    return this.#end(task, serial, []);
  }

  #end(task: KeptTask, serial: number, steps: readonly StopTaskStep[]): Promise<void> {
    const ending = this.#endAll(task, serial, steps);
    const running = this.#running.get(serial);
    if (running !== undefined) running.killing = ending;
    return ending;
  }

  async #endAll({ id }: KeptTask, serial: number, steps: readonly StopTaskStep[]): Promise<void> {
    const { killGraceMs } = this.#options;
    const { survivors } = await this.#client.stop(id, killGraceMs, ladderOf(steps), serial);
    if (survivors.length > 0) throw new TaskStuckError(id, describeSurvivors(survivors));
  }

  async #signal(
    { id }: KeptTask,
    serial: number,
    signal: string,
    to: TaskSignalTarget,
  ): Promise<number> {
    const { reached } = await this.#client.signal(
      id,
      parseSignal(signal),
      keeperTargets[to],
      serial,
    );
    return reached;
  }

  async #letGo(task: KeptTask, serial: number): Promise<void> {
    const killing = this.#running.get(serial)?.killing;
    this.#running.delete(serial);
    // Whoever has asked for it is told when it fails.
    if (killing !== undefined) await Promise.allSettled([killing]);
    await this.#forget(task.id, serial);
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

/** With its task all of it has gone. */
async function unlessForgotten<Value>(act: Promise<Value>): Promise<Value | undefined> {
  try {
    return await act;
  } catch (error) {
    if (isTaskUnknown(error)) return undefined;
    throw error;
  }
}

function outputsOf(stdio: ChildStdio | undefined): readonly Readable[] {
  return [stdio?.readable(1), stdio?.readable(2)].filter(
    (stream) => stream !== undefined && stream !== null,
  );
}

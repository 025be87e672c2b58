// Owner of the connection to the reaper of one task: its tree is the containment where there is no group of the task's own.

import { constants } from 'node:os';
import type { Watch } from '../native/containment.ts';
import { ReaperVerb, reaperClosed } from '../native/reaper.ts';
import { native } from '../native.ts';
import type { Containment, KillOutcome, Refusal, SignalOutcome } from './containment.ts';
import { containmentError, orThrow } from './containment-error.ts';
import { happensWithin } from './deadline.ts';
import { pairs } from './group-members.ts';
import { findSurvivors, notPermitted } from './survivors.ts';

/** How long the reaper may take to answer beyond the deadline of what it was asked for. */
const answerGraceMs = 2000;
/** A task of the same user can stop its reaper, which then neither kills nor answers. */
const wakeEveryMs = 50;

const { EPIPE, ECONNRESET, ECONNREFUSED, ETIMEDOUT } = constants.errno;
/** Of a socket whose other end is closed, or is being closed at this moment: before Linux 6.9 that is ECONNREFUSED. */
const goneErrnos: readonly number[] = [EPIPE, ECONNRESET, ECONNREFUSED];

interface Answer {
  readonly reached: number;
  readonly entries: readonly Refusal[];
}

const nothingLeft: Answer = { reached: 0, entries: [] };

export class TreeContainment implements Containment {
  readonly kind = 'tree';
  readonly name: string;
  readonly #reaperPid: number;
  readonly #control: number;
  readonly #watch: Watch;
  readonly #asked = new Map<number, (answer: Answer) => void>();
  readonly #onEmpty = new Set<() => void>();
  #waiting = 0;
  #lastId = 0;
  #isEmpty = false;
  #isClosed = false;

  /**
   * @param control the socket to the reaper, owned from here on
   * @param reaperPid whose descendants the task's processes are
   */
  constructor(control: number, reaperPid: number) {
    this.#control = control;
    this.#reaperPid = reaperPid;
    this.name = `processes below ${reaperPid}`;
    const watch = native.watchReaper(control, (id, reached, entries) => {
      this.#told(id, reached, entries);
    });
    this.#watch = orThrow(watch, `watch the reaper ${reaperPid}`);
    this.#watch.setReferenced(false);
  }

  /** What lives below the reaper; its number is its own as long as the socket has not told its end. */
  members(): readonly number[] {
    if (this.#isEmpty || this.#isClosed) return [];
    return [...orThrow(native.listTree(this.#reaperPid), `list the ${this.name}`)];
  }

  /** Known by the reaper's end: it ends when nothing is left. */
  isEmpty(): boolean {
    return this.#isEmpty;
  }

  async whenEmpty(deadlineMs: number): Promise<boolean> {
    if (this.#isEmpty) return true;
    return this.#held(() =>
      happensWithin(deadlineMs, (onHappened) => {
        this.#onEmpty.add(onHappened);
        return () => this.#onEmpty.delete(onHappened);
      }),
    );
  }

  async signalAll(signal: number): Promise<SignalOutcome> {
    const { reached, entries } = await this.#ask(ReaperVerb.signal, signal, 0);
    return { reached, refused: entries };
  }

  async killAll(deadlineMs: number): Promise<KillOutcome> {
    const { reached, entries } = await this.#ask(ReaperVerb.kill, 0, Math.ceil(deadlineMs));
    // That nobody is left is the last that it says before it ends; its end is what counts.
    if (entries.length === 0) await this.whenEmpty(answerGraceMs);
    const refused = new Set(notPermitted(entries).map(({ pid }) => pid));
    const survivors = findSurvivors(
      entries.map(({ pid }) => pid),
      refused,
    );
    return { killed: reached, survivors };
  }

  /** From here on the reaper takes its supervisor for gone. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
  }

  #ask(verb: number, signal: number, deadlineMs: number): Promise<Answer> {
    if (this.#isEmpty || this.#isClosed) return Promise.resolve(nothingLeft);
    this.#lastId += 1;
    const id = this.#lastId;
    let answer: Answer | undefined;
    return this.#held(async () => {
      await happensWithin(deadlineMs + answerGraceMs, (onAnswer) => {
        this.#asked.set(id, (given) => {
          answer = given;
          onAnswer();
        });
        const errno = native.askReaper(this.#control, verb, id, signal, deadlineMs);
        // A broken socket is about to tell that the reaper has ended.
        if (errno !== 0 && !goneErrnos.includes(errno)) this.#fail(errno);
        // The task may have stopped it, or may do so while it acts: once would not be enough.
        native.wakeReaper(this.#reaperPid);
        const wake = setInterval(() => native.wakeReaper(this.#reaperPid), wakeEveryMs);
        return () => {
          clearInterval(wake);
          this.#asked.delete(id);
        };
      });
      if (answer === undefined) this.#fail(ETIMEDOUT);
      return answer;
    });
  }

  #fail(errno: number): never {
    throw containmentError(
      `ask the reaper ${this.#reaperPid}`,
      errno,
      'It may be stopped or starved: the task goes on until the reaper can act',
    );
  }

  /** The socket holds the event loop while somebody waits for what it tells. */
  async #held<Value>(wait: () => Promise<Value>): Promise<Value> {
    this.#waiting += 1;
    if (!this.#isClosed) this.#watch.setReferenced(true);
    try {
      return await wait();
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#isClosed) this.#watch.setReferenced(false);
    }
  }

  #told(id: number, reached: number, entries: Int32Array): void {
    if (id !== reaperClosed) {
      this.#asked.get(id)?.({ reached, entries: pairs(entries) });
      return;
    }
    this.#isEmpty = true;
    this.close();
    for (const tell of this.#asked.values()) tell(nothingLeft);
    for (const tell of this.#onEmpty) tell();
  }
}

// Owner of the groups that are on their way out: removes them in batches, on a thread of the addon's, never in a start's way.

import { constants } from 'node:os';
import { monotonicNowMs } from '../clock.ts';
import { Members } from '../native/groups.ts';
import { native } from '../native.ts';
import { cannotRemove } from './group-errors.ts';

const { EBUSY } = constants.errno;

interface Request {
  readonly paths: readonly string[];
  readonly timeoutMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread costs as much as a group: where many come soon after each other they are removed together, which nobody notices. One that
 * comes alone, or behind one that was waited for, does not wait.
 */
const batchDelayMs = 10;
const batchSize = 32;

export class GroupRemover {
  #queue: Request[] = [];
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** When the last two batches were begun. */
  #begunMs: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  readonly #running = new Set<Promise<void>>();

  /**
   * Removes directories with all below them, in their order. Resolves when they are gone.
   * Rejects with `ERR_CGROUP_BUSY` when processes were in one of them for `timeoutMs`.
   */
  remove(paths: readonly string[], timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ paths, timeoutMs, resolve, reject });
      if (this.#queue.length >= batchSize) this.flush();
      else this.#flushLater(this.#delayMs());
    });
  }

  /** Referenced: who waits for a removal would else see the program end before it. */
  #flushLater(delayMs: number): void {
    if (this.#timer !== undefined || this.#immediate !== undefined) return;
    // The shortest timer is a millisecond, which a restart would pay for.
    if (delayMs === 0) this.#immediate = setImmediate(() => this.flush());
    else this.#timer = setTimeout(() => this.flush(), delayMs);
  }

  #delayMs(): number {
    return monotonicNowMs() - this.#begunMs[0] < batchDelayMs ? batchDelayMs : 0;
  }

  /** Resolves when all that was asked for is done, well or not: who asked is told of that. */
  async whenIdle(): Promise<void> {
    this.flush();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Begins at once with what would wait for others. */
  flush(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    const batch = this.#queue;
    if (batch.length === 0) return;
    this.#queue = [];
    this.#begunMs = [this.#begunMs[1], monotonicNowMs()];
    const work = this.#run(batch).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** Never rejects: each request is settled. A busy group is waited for alone, so that it holds up no other. */
  async #run(batch: readonly Request[]): Promise<void> {
    let at = 0;
    try {
      const paths = batch.flatMap((request) => request.paths);
      const errnos = await native.groupRemove(paths.join('\0'), Members.wait, 0);
      const busy: Promise<void>[] = [];
      for (const request of batch) {
        const own = errnos.slice(at, at + request.paths.length);
        at += request.paths.length;
        if (own.includes(EBUSY) && request.timeoutMs > 0) busy.push(this.#wait(request));
        else settle(request, own);
      }
      await Promise.all(busy);
    } catch (error) {
      for (const { reject } of batch) reject(asError(error));
    }
  }

  async #wait(request: Request): Promise<void> {
    const { paths, timeoutMs } = request;
    settle(request, await native.groupRemove(paths.join('\0'), Members.wait, timeoutMs));
  }
}

function settle({ paths, timeoutMs, resolve, reject }: Request, errnos: readonly number[]): void {
  const failed = errnos.findIndex((errno) => errno !== 0);
  const path = paths[failed];
  if (path === undefined) resolve();
  else reject(cannotRemove(path, errnos[failed] ?? 0, timeoutMs));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

// Owner of this process's ends of a child's pipes. Streams are made when first asked for. Ends that nobody has asked
// for are closed when the child ends, and what is still in them is kept for who asks later.

import type { Readable, Writable } from 'node:stream';
import { StdioKind } from '../native/spawning.ts';
import { native } from '../native.ts';
import { closedWritable, drain, readableOf, readableOver, writableOver } from './pipe-streams.ts';

const noDescriptor = -1;

/**
 * Ends that stay open after the child's exit because a descendant still writes to them: closed when nobody can ask for
 * them any more.
 */
const abandonedEnds = new FinalizationRegistry<number>((fd) => native.close(fd));

export class ChildStdio {
  /** As in `SpawnPlan.stdio`. */
  readonly #kinds: readonly number[];
  /** Descriptors; `noDescriptor` where there is no pipe, or a stream has taken it over. */
  readonly #ends: number[];
  readonly #streams: (Readable | Writable | undefined)[] = [];
  #leftovers: (Buffer | undefined)[] | undefined;
  #isOver = false;

  constructor(kinds: readonly number[], ends: number[]) {
    this.#kinds = kinds;
    this.#ends = ends;
  }

  get slotCount(): number {
    return this.#kinds.length;
  }

  /** The stream that writes to the slot, null when the child does not read a pipe there. */
  writable(slot: number): Writable | null {
    if (this.#kinds[slot] !== StdioKind.pipeIn) return null;
    const made = this.#streams[slot] as Writable | undefined;
    if (made !== undefined) return made;
    const fd = this.#take(slot);
    const stream = fd === noDescriptor ? closedWritable() : writableOver(fd);
    this.#streams[slot] = stream;
    return stream;
  }

  /** The stream that reads what the child writes to the slot, null when it does not write to a pipe there. */
  readable(slot: number): Readable | null {
    if (this.#kinds[slot] !== StdioKind.pipeOut) return null;
    const made = this.#streams[slot] as Readable | undefined;
    if (made !== undefined) return made;
    const fd = this.#take(slot);
    const leftover = this.#leftovers?.[slot];
    const stream = fd === noDescriptor ? readableOf(leftover) : readableOver(fd, leftover);
    this.#streams[slot] = stream;
    return stream;
  }

  /** To be called once when the child has ended: after this nothing is open that no stream owns, if it can be helped. */
  childHasEnded(): void {
    this.#isOver = true;
    for (let slot = 0; slot < this.#ends.length; slot++) {
      const fd = this.#ends[slot] ?? noDescriptor;
      if (this.#kinds[slot] === StdioKind.pipeIn) this.#endInput(slot, fd);
      else if (fd !== noDescriptor) this.#keepOutput(slot, fd);
    }
  }

  /** Of all ends that no stream has taken over: nobody is at the other side. */
  close(): void {
    for (let slot = 0; slot < this.#ends.length; slot++) {
      const fd = this.#take(slot);
      if (fd !== noDescriptor) native.close(fd);
    }
  }

  /** Nobody reads it any more; a stream that still had data would only meet EPIPE. */
  #endInput(slot: number, fd: number): void {
    if (fd === noDescriptor) this.#streams[slot]?.destroy();
    else native.close(this.#take(slot));
  }

  #keepOutput(slot: number, fd: number): void {
    const { bytes, isEnded } = drain(fd);
    if (bytes !== undefined) {
      this.#leftovers ??= [];
      this.#leftovers[slot] = bytes;
    }
    if (isEnded) {
      native.close(fd);
      this.#ends[slot] = noDescriptor;
    } else {
      abandonedEnds.register(this, fd, this);
    }
  }

  #take(slot: number): number {
    const fd = this.#ends[slot] ?? noDescriptor;
    this.#ends[slot] = noDescriptor;
    if (this.#isOver && fd !== noDescriptor) this.#renewAbandoned();
    return fd;
  }

  /** The registry knows this object by one token only: what is still open is registered again. */
  #renewAbandoned(): void {
    abandonedEnds.unregister(this);
    for (const fd of this.#ends) {
      if (fd !== noDescriptor) abandonedEnds.register(this, fd, this);
    }
  }
}

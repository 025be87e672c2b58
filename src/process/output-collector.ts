// Owner of one output stream that is read to its end into memory.

import type { Readable } from 'node:stream';

/** Reads all, so that the writer never blocks, and keeps the first `maxBytes`. */
export class OutputCollector {
  /** Fulfilled when the stream is over, by its end, by an error or by `close`. Never rejected. */
  readonly ended: Promise<void>;
  /** Called once, when the first byte beyond the limit has come. */
  onOverfull: (() => void) | undefined;
  readonly #stream: Readable | null;
  readonly #maxBytes: number;
  readonly #pieces: Buffer[] = [];
  #length = 0;
  #isOverfull = false;
  #error: Error | undefined;

  constructor(stream: Readable | null, maxBytes: number) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
    this.ended = new Promise((resolve) => {
      if (stream === null) resolve();
      else stream.once('close', resolve);
    });
    stream?.once('error', (error: Error) => {
      this.#error = error;
    });
    stream?.on('data', (piece: Buffer) => this.#take(piece));
  }

  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** @throws what the stream has failed with */
  bytes(): Buffer {
    if (this.#error !== undefined) throw this.#error;
    return Buffer.concat(this.#pieces, this.#length);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  close(): void {
    this.#stream?.destroy();
  }

  #take(piece: Buffer): void {
    const room = this.#maxBytes - this.#length;
    const kept = piece.length > room ? piece.subarray(0, room) : piece;
    if (kept.length > 0) this.#pieces.push(kept);
    this.#length += kept.length;
    if (piece.length > room && !this.#isOverfull) {
      this.#isOverfull = true;
      this.onOverfull?.();
    }
  }
}

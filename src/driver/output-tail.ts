// Pure: the last bytes of a stream.

/** Keeps at most `limit` bytes: the last ones. */
export class OutputTail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #isTruncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether bytes were dropped. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // Joined only when twice too long: each byte is copied a fixed number of times, however small the chunks are.
    if (this.#length > 2 * this.#limit) {
      this.#cut();
    }
  }

  toBuffer(): Buffer {
    this.#cut();
    return Buffer.concat(this.#chunks);
  }

  #cut(): void {
    if (this.#length <= this.#limit) {
      return;
    }
    const all = Buffer.concat(this.#chunks);
    const kept = Buffer.from(all.subarray(all.length - this.#limit));
    this.#chunks = [kept];
    this.#length = kept.length;
    this.#isTruncated = true;
  }
}

// Pure: cuts a stream of bytes into whole lines.

const newline = 0x0a;

/** A line this long is passed on in pieces: a program that never ends its line must not fill the memory. */
const longestLine = 1024 * 1024;

/** Collects the bytes of one stream and gives back what is complete. */
export class LineCutter {
  #rest: Buffer[] = [];
  #restLength = 0;

  /** @returns the lines that are complete now, each with its line break */
  add(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      lines.push(this.#withRest(chunk.subarray(start, end + 1)));
      start = end + 1;
    }
    if (start < chunk.length) {
      this.#rest.push(chunk.subarray(start));
      this.#restLength += chunk.length - start;
    }
    if (this.#restLength > longestLine) lines.push(...this.end());
    return lines;
  }

  /** @returns the last line if it has no line break, which it gets here */
  end(): Buffer[] {
    return this.#restLength === 0 ? [] : [this.#withRest(Buffer.of(newline))];
  }

  #withRest(piece: Buffer): Buffer {
    if (this.#restLength === 0) return piece;
    const line = Buffer.concat([...this.#rest, piece]);
    this.#rest = [];
    this.#restLength = 0;
    return line;
  }
}

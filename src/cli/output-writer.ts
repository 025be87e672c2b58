// Owner of one of our own descriptors while several tasks write to it: one write at a time, each of whole lines.

import { write } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isClosedOutput, isNotReady } from './print.ts';

const writeSome = promisify(write);
/** How long to leave a reader in peace that is not ready. */
const retryMs = 5;

/** `failure`: undefined when nobody reads any more, else what a write has failed with (a full disk behind a redirection). */
export type OnClosed = (failure: unknown) => void;

/** Writes in order. A slow reader holds the promises back, never the event loop: Ctrl-C works all the time. */
export class OutputWriter {
  readonly #fd: number;
  readonly #onClosed: OnClosed;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param onClosed called once, when nothing can be written any more; writes do nothing from then on */
  constructor(fd: number, onClosed: OnClosed) {
    this.#fd = fd;
    this.#onClosed = onClosed;
  }

  /** Resolves when the bytes are written, or nobody reads any more. */
  write(bytes: Buffer): Promise<void> {
    this.#last = this.#last.then(() => this.#writeAll(bytes));
    return this.#last;
  }

  /** Resolves when all that was given so far is written. */
  flush(): Promise<void> {
    return this.#last;
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && !this.#isClosed) {
      try {
        const { bytesWritten } = await writeSome(this.#fd, rest);
        rest = rest.subarray(bytesWritten);
      } catch (error) {
        if (isNotReady(error)) {
          await delay(retryMs);
          continue;
        }
        this.#isClosed = true;
        this.#onClosed(isClosedOutput(error) ? undefined : error);
      }
    }
  }
}

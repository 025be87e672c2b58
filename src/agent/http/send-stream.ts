// Owner of an answer that comes in pieces, and of what they are read from: that is closed when all is sent, or nobody listens any more.

import type { Context } from 'hono';
import { stream } from 'hono/streaming';
import { outgoingOf } from './respond.ts';

export interface StreamedAnswer {
  /** The signal fires when nobody listens any more. */
  readonly pieces: (ending: AbortSignal) => AsyncIterable<Uint8Array | string>;
  readonly close: () => Promise<void>;
  /** The answer has begun: that it is not whole can only be told here. */
  readonly failed: (error: Error) => void;
}

export function sendStream(context: Context, { pieces, close, failed }: StreamedAnswer): Response {
  return stream(
    context,
    async (output) => {
      const ending = new AbortController();
      output.onAbort(() => ending.abort());
      try {
        for await (const piece of pieces(ending.signal)) {
          if (output.aborted) break;
          await output.write(piece);
        }
      } finally {
        await close();
      }
    },
    (error) => {
      failed(error);
      // The client has to see that it is not all: a body that ends well would be a lie.
      outgoingOf(context)?.destroy();
      return Promise.resolve();
    },
  );
}

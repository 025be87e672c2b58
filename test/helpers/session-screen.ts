// Owner of what a session has written so far, for tests that wait until something of it is there.

import type { Readable } from 'node:stream';
import type { ExecSession } from '../../src/driver/task-session.ts';
import { eventually } from './eventually.ts';

export class SessionScreen {
  #text = '';
  #seen = 0;

  constructor(session: ExecSession) {
    session.stdout.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
    });
  }

  get text(): string {
    return this.#text;
  }

  /** Waits until it appears after what was waited for before, and gives what matched. */
  async until(wanted: RegExp): Promise<RegExpExecArray> {
    const find = (): RegExpExecArray | undefined =>
      wanted.exec(this.#text.slice(this.#seen)) ?? undefined;
    const match = await eventually(`${wanted} appears`, find).catch((error: unknown) => {
      throw new Error(`${String(error)}; there is ${JSON.stringify(this.#text.slice(-2000))}`);
    });
    this.#seen += match.index + match[0].length;
    return match;
  }
}

/** All of a stream, to its end. */
export async function allOf(stream: Readable | null): Promise<string> {
  if (stream === null) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

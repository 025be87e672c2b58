// Pure: what a client asks of a file, by the words of Nomad's API.

import type { Context } from 'hono';
import { refuse } from './respond.ts';

export interface StreamQuery {
  readonly offset: number;
  readonly origin: 'start' | 'end';
  /** Not Nomad's: begins with so many of the last lines. */
  readonly lines?: number;
  readonly isFollowing: boolean;
  /** The bytes as they are, without frames. */
  readonly isPlain: boolean;
}

export function readStreamQuery(context: Context): StreamQuery {
  const { origin = 'start', follow = 'true', plain, lines } = context.req.query();
  if (origin !== 'start' && origin !== 'end')
    throw refuse(400, `origin must be start or end, and is ${JSON.stringify(origin)}`);
  if (follow !== 'true' && follow !== 'false')
    throw refuse(400, `follow must be true or false, and is ${JSON.stringify(follow)}`);
  return {
    offset: wholeNumber(context, 'offset', 0),
    origin,
    ...(lines !== undefined && { lines: wholeNumber(context, 'lines') }),
    isFollowing: follow === 'true',
    isPlain: plain === 'true',
  };
}

/** @param otherwise when the client says nothing; absent: it must */
export function wholeNumber(context: Context, name: string, otherwise?: number): number {
  const text = context.req.query(name) ?? '';
  const value = text === '' ? otherwise : Number(/^\d{1,16}$/.test(text) ? text : Number.NaN);
  if (value !== undefined && Number.isSafeInteger(value)) return value;
  throw refuse(400, `${name} must be a whole number, and is ${JSON.stringify(text)}`);
}

// Pure: the `wait` of a blocking query, a duration as Go writes it.

import { parseDuration } from '../../duration.ts';

/** Milliseconds; undefined when it is none. */
export function parseWait(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.ms : undefined;
}

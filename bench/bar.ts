// Pure: one thing to be reached, and whether it was.

export interface Bar {
  readonly what: string;
  readonly wanted: string;
  /** Undefined when the run did not measure it. */
  readonly measured: string | undefined;
  readonly isReached: boolean | undefined;
}

export function atMost(
  what: string,
  limit: number,
  a: number | undefined,
  b: number | undefined,
): Bar {
  const ratio = a === undefined || b === undefined ? undefined : a / b;
  return {
    what,
    wanted: `≤ ${limit}`,
    measured: ratio?.toFixed(2),
    isReached: ratio === undefined ? undefined : ratio <= limit,
  };
}

/** `slow` / `fast` must be at least `limit`. */
export function atLeast(
  what: string,
  limit: number,
  slow: number | undefined,
  fast: number | undefined,
): Bar {
  const ratio = slow === undefined || fast === undefined ? undefined : slow / fast;
  return {
    what,
    wanted: `≥ ${limit} ×`,
    measured: ratio === undefined ? undefined : `${ratio.toFixed(ratio < 20 ? 2 : 0)} ×`,
    isReached: ratio === undefined ? undefined : ratio >= limit,
  };
}

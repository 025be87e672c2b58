// Owner of the two clocks: everything that measures time asks here, so that no duration is ever taken from a clock
// that can be set.

/**
 * CLOCK_MONOTONIC in milliseconds: for durations and deadlines. It never jumps; it means nothing to a human.
 *
 * The clock that the engine reports (clock_gettime(2)). Not performance.now(): it counts from the start of the thread, and
 * the first touch of `performance` loads modules that an import would pay for.
 */
export function monotonicNowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** The time of day, for people and for records; never for durations. */
export function wallClockNow(): Date {
  return new Date();
}

/** The time of day at a moment of CLOCK_MONOTONIC. */
export function wallClockAt(monotonicMs: number): Date {
  return new Date(Date.now() - (monotonicNowMs() - monotonicMs));
}

/**
 * Calls back after `ms` milliseconds, never before: setTimeout counts from the start of the event loop's turn, and a turn
 * that has worked for a while would shorten a grace by that. Holds the event loop.
 *
 * @returns what ends the wait
 */
export function afterAtLeast(ms: number, onOver: () => void): () => void {
  const endsAtMs = monotonicNowMs() + ms;
  const check = (): void => {
    const leftMs = endsAtMs - monotonicNowMs();
    if (leftMs <= 0) onOver();
    else timer = setTimeout(check, leftMs);
  };
  let timer = setTimeout(check, ms);
  return () => clearTimeout(timer);
}

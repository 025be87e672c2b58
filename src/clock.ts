// Owner of the two clocks: everything that measures time asks here, so that no duration is ever taken from a clock
// that can be set.

/**
 * performance.now() counts from the start of the thread; the engine reports CLOCK_MONOTONIC (clock_gettime(2)), which
 * process.hrtime() reads too. The difference of the two is constant for the life of a thread.
 */
const monotonicOffsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** CLOCK_MONOTONIC in milliseconds: for durations and deadlines. It never jumps; it means nothing to a human. */
export function monotonicNowMs(): number {
  return performance.now() + monotonicOffsetMs;
}

/** The time of day, for people and for records; never for durations. */
export function wallClockNow(): Date {
  return new Date();
}

/** The time of day at a moment of CLOCK_MONOTONIC. */
export function wallClockAt(monotonicMs: number): Date {
  return new Date(Date.now() - (monotonicNowMs() - monotonicMs));
}

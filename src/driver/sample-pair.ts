// Pure: two samples of the same thing, some time apart: a share of time needs two.

export interface Timed<Sample> {
  readonly sample: Sample;
  /** Of CLOCK_MONOTONIC. */
  readonly atMs: number;
}

export interface Pair<Sample> {
  readonly before: Timed<Sample>;
  readonly after: Timed<Sample>;
}

// Owner of the counts of one distribution. To take a value into it makes nothing: it stands on the way of each start.

/** Cumulative counts of values up to each bound, and what can be said without the values. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  count = 0;
  sum = 0;
  sumOfSquares = 0;
  min = 0;
  max = 0;

  /** @param bounds ascending */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length);
  }

  add(value: number): void {
    for (let at = this.bounds.length - 1; at >= 0 && value <= (this.bounds[at] ?? 0); at -= 1)
      this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    if (this.count === 0 || value < this.min) this.min = value;
    if (this.count === 0 || value > this.max) this.max = value;
    this.count += 1;
    this.sum += value;
    this.sumOfSquares += value * value;
  }

  /** How many were no larger than the bound of this number. */
  upTo(at: number): number {
    return this.#counts[at] ?? this.count;
  }
}

// Pure: metrics as the JSON of Nomad's API.

import type { Json } from '../http/job-json.ts';
import type { Distribution, Measured, Metric } from './metric.ts';

export function metricsJson(all: readonly Measured[], now: Date): Json {
  const samplesOf = (kind: Metric['kind'], write: (value: number) => Json): Json[] =>
    all.flatMap((one) =>
      one.kind === kind
        ? one.samples.map(({ value, labels = {} }) => ({
            Name: one.name,
            Labels: labels,
            ...write(value),
          }))
        : [],
    );
  return {
    Timestamp: `${now.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`,
    Gauges: samplesOf('gauge', (value) => ({ Value: value })),
    Points: [],
    Counters: samplesOf('counter', (value) => ({
      Count: value,
      Sum: value,
      Min: 1,
      Max: 1,
      Mean: 1,
      Stddev: 0,
    })),
    Samples: all.filter((one) => one.kind === 'histogram').map(distribution),
  };
}

function distribution({ name, histogram }: Distribution): Json {
  const { count, sum, sumOfSquares, min, max } = histogram;
  const mean = count === 0 ? 0 : sum / count;
  const variance = count < 2 ? 0 : (sumOfSquares - count * mean * mean) / (count - 1);
  return {
    Name: name,
    Labels: {},
    Count: count,
    Sum: sum,
    Min: min,
    Max: max,
    Mean: mean,
    // Of nearly equal values the difference may be a little below 0.
    Stddev: Math.sqrt(Math.max(0, variance)),
  };
}

// Owner of the timers of statistics: each subscription is sampled at the interval that it asked for.

import { InvalidOptionError } from '../errors.ts';
import { cpuPercent, type GroupSample } from './group-sample.ts';
import type { GroupStats, ReadOptions } from './group-stats.ts';

/** A sample, and what a rate needs two of. Frozen. */
export interface RatedSample {
  readonly sample: GroupSample;
  /** Of one CPU, since the sample before in this subscription: 200 is two CPUs. Absent in the first. */
  readonly cpuPercent?: number;
}

export interface SubscribeOptions extends ReadOptions {
  /** Time between two samples, in milliseconds. @default 1000 */
  readonly intervalMs?: number;
  /** Whose: tasks by id. @default all that are there at each sample */
  readonly ids?: readonly string[];
  /** Told of a reading that failed; the next one is made all the same. */
  readonly onError?: (error: unknown) => void;
}

/** setInterval takes no more. */
const maxIntervalMs = 0x7fff_ffff;

/** Samples groups for any number of subscribers. The timers do not keep the process alive. */
export class StatsSampler {
  readonly #stats: GroupStats;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(stats: GroupStats) {
    this.#stats = stats;
  }

  /**
   * Samples at once, and then at each interval. `listener` gets all tasks of a sample together.
   *
   * @returns what ends it
   */
  subscribe(
    listener: (samples: ReadonlyMap<string, RatedSample>) => void,
    options: SubscribeOptions = {},
  ): () => void {
    const { intervalMs = 1000, ids, onError = rethrow } = options;
    if (!Number.isInteger(intervalMs) || intervalMs < 1 || intervalMs > maxIntervalMs) {
      throw new InvalidOptionError(
        'ERR_INVALID_OPTION',
        'intervalMs',
        `intervalMs is a whole number of milliseconds from 1 to ${maxIntervalMs}, not ${String(intervalMs)}`,
      );
    }
    let last: ReadonlyMap<string, GroupSample> = new Map();
    const sampleNow = (): void => {
      try {
        const samples = this.#stats.readAll(ids, options);
        const rated = rate(last, samples);
        last = samples;
        listener(rated);
      } catch (error) {
        onError(error);
      }
    };
    const timer = setInterval(sampleNow, intervalMs).unref();
    this.#timers.add(timer);
    sampleNow();
    return () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    };
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }
}

function rethrow(error: unknown): void {
  throw error;
}

function rate(
  last: ReadonlyMap<string, GroupSample>,
  samples: ReadonlyMap<string, GroupSample>,
): ReadonlyMap<string, RatedSample> {
  const rated = new Map<string, RatedSample>();
  for (const [id, sample] of samples) {
    const before = last.get(id);
    const percent = before === undefined ? undefined : cpuPercent(before, sample);
    rated.set(
      id,
      Object.freeze(percent === undefined ? { sample } : { sample, cpuPercent: percent }),
    );
  }
  return rated;
}

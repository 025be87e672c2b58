// Pure: what is measured, before it is written in one form or the other.

import type { Histogram } from './histogram.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
}

/** One thing that is measured. */
export interface Metric {
  /** Words with dots between them, as Nomad has them; Prometheus gets underscores. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** A counter counts from the start of the agent, or of what it is of. */
  readonly kind: 'gauge' | 'counter';
  readonly samples: readonly Sample[];
}

/** One distribution. */
export interface Distribution {
  readonly name: string;
  readonly help: string;
  readonly kind: 'histogram';
  readonly histogram: Histogram;
}

export type Measured = Metric | Distribution;

// Pure: the shape of a result file.

import type { AbsentRival, RivalName } from './rivals.ts';
import type { Summary } from './statistics.ts';

export type Pinning = 'pinned' | 'free';

export interface Row {
  readonly case: string;
  readonly rival: RivalName;
  readonly load: string;
  readonly pinning: Pinning;
  /** Time that the call holds the caller, in microseconds. */
  readonly call?: Summary;
  /** Time until the end of the program was seen, in microseconds. */
  readonly seen?: Summary;
  readonly perSecond?: Summary;
  /** What a worker has measured by other units, by the heading of its column. */
  readonly figures?: Readonly<Record<string, Summary>>;
}

export interface CaseInfo {
  readonly name: string;
  readonly title: string;
  readonly skipped?: string;
}

export interface Results {
  readonly schema: 1;
  readonly mode: 'full' | 'quick' | 'smoke';
  /** UTC. */
  readonly date: string;
  readonly commit: string;
  readonly machine: {
    readonly cpu: string;
    readonly cpus: number;
    readonly memoryGb: number;
    readonly kernel: string;
  };
  readonly seconds: number;
  readonly rivals: readonly { readonly name: RivalName; readonly version: string }[];
  readonly absent: readonly AbsentRival[];
  readonly cases: readonly CaseInfo[];
  readonly rows: readonly Row[];
  readonly failures: readonly string[];
}

export function findRow(
  results: Results,
  key: Pick<Row, 'case' | 'rival' | 'load' | 'pinning'>,
): Row | undefined {
  return results.rows.find(
    (row) =>
      row.case === key.case &&
      row.rival === key.rival &&
      row.load === key.load &&
      row.pinning === key.pinning,
  );
}

// Pure: from limits to writes, in the hierarchies of one host.

import type { Hierarchies } from '../hierarchies.ts';
import { type FileValue, type LimitRow, type LimitsOnHost, limitTable } from './limit-table.ts';
import type { LimitOption } from './task-limits.ts';

/** One write into the group of a task. */
export interface LimitWrite extends FileValue {
  readonly option: LimitOption;
  /** Index of the version 1 hierarchy; -1: version 2. */
  readonly hierarchy: number;
}

/** A limit that the host does not have. */
export interface MissingLimit {
  readonly option: LimitOption;
  /** As a clause. */
  readonly reason: string;
}

export interface LimitPlan {
  readonly writes: readonly LimitWrite[];
  readonly missing: readonly MissingLimit[];
}

const nothing: LimitPlan = { writes: [], missing: [] };

/**
 * What has to be written for limits.
 * @param options - only these; default: all that are given
 */
export function planLimits(
  on: LimitsOnHost,
  hierarchies: Hierarchies,
  options: ReadonlySet<string> = new Set(Object.keys(on.limits)),
): LimitPlan {
  if (options.size === 0) return nothing;
  const writes: LimitWrite[] = [];
  const missing: MissingLimit[] = [];
  for (const row of limitTable) {
    if (!options.has(row.option)) continue;
    const place = placeOf(row, hierarchies);
    const values = typeof place === 'string' ? place : place.files.write(on);
    if (typeof place === 'string' || typeof values === 'string') {
      missing.push({ option: row.option, reason: String(values) });
      continue;
    }
    for (const value of values) {
      writes.push({ ...value, option: row.option, hierarchy: place.hierarchy });
    }
  }
  return { writes, missing };
}

/** Version 2 where it has the controller, else version 1, else why neither has it. */
function placeOf(
  { v1, v2 }: LimitRow,
  hierarchies: Hierarchies,
): string | { readonly files: LimitRow['v2']; readonly hierarchy: number } {
  if (hierarchies.hasV2(v2.controller)) return { files: v2, hierarchy: -1 };
  const hierarchy = hierarchies.indexOfV1(v1?.controller ?? v2.controller);
  if (hierarchy < 0) return hierarchies.whyNot(v2.controller);
  if (v1 === undefined) {
    return `this host has the controller ${v2.controller} in version 1, which has no twin of ${v2.files}`;
  }
  return { files: v1, hierarchy };
}

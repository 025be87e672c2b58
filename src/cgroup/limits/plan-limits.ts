// Pure: from limits to writes, in the hierarchies of one host. On the path of a start: what depends on the host alone is
// found out once, and nothing is spread or copied.

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

/** A row of the table on this host: its files and their hierarchy, or why there are none. */
interface PlacedRow {
  readonly option: LimitOption;
  readonly write: ((on: LimitsOnHost) => readonly FileValue[] | string) | undefined;
  readonly hierarchy: number;
  readonly reason: string;
}

const nothing: LimitPlan = { writes: [], missing: [] };

export class LimitPlanner {
  readonly #rows: readonly PlacedRow[];

  constructor(hierarchies: Hierarchies) {
    this.#rows = limitTable.map((row) => placeRow(row, hierarchies));
  }

  /**
   * What has to be written for limits.
   * @param options - only these; default: all that are given
   */
  plan(on: LimitsOnHost, options?: ReadonlySet<string>): LimitPlan {
    if (on.limits === noLimits) return nothing;
    const writes: LimitWrite[] = [];
    const missing: MissingLimit[] = [];
    for (const row of this.#rows) {
      const { option, hierarchy } = row;
      if (options === undefined ? on.limits[option] === undefined : !options.has(option)) continue;
      const values = row.write === undefined ? row.reason : row.write(on);
      if (typeof values === 'string') {
        missing.push({ option, reason: values });
        continue;
      }
      for (const { file, value, otherwise } of values) {
        const write = { option, hierarchy, file, value };
        writes.push(otherwise === undefined ? write : { ...write, otherwise });
      }
    }
    return { writes, missing };
  }
}

/** No limits: known by its identity. */
export const noLimits: LimitsOnHost['limits'] = {};

/** Version 2 where it has the controller, else version 1, else why neither has it. */
function placeRow({ option, v1, v2 }: LimitRow, hierarchies: Hierarchies): PlacedRow {
  const none = { option, write: undefined, hierarchy: -1 };
  if (hierarchies.hasV2(v2.controller))
    return { option, write: v2.write, hierarchy: -1, reason: '' };
  const hierarchy = hierarchies.indexOfV1(v1?.controller ?? v2.controller);
  if (hierarchy < 0) return { ...none, reason: hierarchies.whyNot(v2.controller) };
  if (v1 !== undefined) return { option, write: v1.write, hierarchy, reason: '' };
  const where = `this host has the controller ${v2.controller} in version 1`;
  return { ...none, reason: `${where}, which has no twin of ${v2.files}` };
}

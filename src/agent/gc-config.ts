// Pure: the settings of an agent that decide when what has ended is collected, with Nomad's names and defaults.

import * as v from 'valibot';
import { durationForm, parseDuration } from '../duration.ts';
import type { GcSettings } from './service/garbage-plan.ts';

const shortestIntervalMs = 100;

function duration(leastMs: number): v.GenericSchema<string, number> {
  const form = `must be ${durationForm}`;
  return v.pipe(
    v.string(form),
    v.check((text) => parseDuration(text).ok, form),
    v.transform(durationMs),
    v.minValue(leastMs, `must be at least ${leastMs} ms`),
  );
}

function durationMs(text: string): number {
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.ms : Number.NaN;
}

function percentage(): v.GenericSchema<number, number> {
  const form = 'must be a percentage from 0 to 100';
  return v.pipe(v.number(form), v.minValue(0, form), v.maxValue(100, form));
}

const wholeNumber = 'must be a whole number, 0 or more';

export const gcEntries = {
  gc_interval: v.optional(duration(shortestIntervalMs)),
  gc_max_allocs: v.optional(
    v.pipe(v.number(wholeNumber), v.integer(wholeNumber), v.minValue(0, wholeNumber)),
  ),
  gc_disk_usage_threshold: v.optional(percentage()),
  gc_inode_usage_threshold: v.optional(percentage()),
  job_gc_threshold: v.optional(duration(0)),
  eval_gc_threshold: v.optional(duration(0)),
};

const hourMs = 3_600_000;

export const defaultGcSettings: GcSettings = {
  intervalMs: 60_000,
  maxAllocations: 50,
  diskUsage: 80,
  inodeUsage: 70,
  jobAgeMs: 4 * hourMs,
  allocationAgeMs: hourMs,
};

type GcValues = { readonly [Name in keyof typeof gcEntries]?: number | undefined };

export function gcSettings(values: GcValues): GcSettings {
  const given = defaultGcSettings;
  return {
    intervalMs: values.gc_interval ?? given.intervalMs,
    maxAllocations: values.gc_max_allocs ?? given.maxAllocations,
    diskUsage: values.gc_disk_usage_threshold ?? given.diskUsage,
    inodeUsage: values.gc_inode_usage_threshold ?? given.inodeUsage,
    jobAgeMs: values.job_gc_threshold ?? given.jobAgeMs,
    allocationAgeMs: values.eval_gc_threshold ?? given.allocationAgeMs,
  };
}

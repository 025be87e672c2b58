// Pure: the text that somebody has written, which comes with the job that it has become, and is told again as it came.

import * as v from 'valibot';
import type { JobRecord, SubmissionRecord } from '../state/records.ts';
import type { Json } from './job-json.ts';
import { parseJson } from './read-job.ts';
import { refuse } from './respond.ts';

/** A longer one is not kept: the same as a cluster's `job_max_source_size` at its default. */
const mostBytes = 1_000_000;

/** A list would pass for an object in which everything is absent. */
const noList = v.custom<object>((value) => typeof value === 'object' && !Array.isArray(value));

const request = v.object({
  Submission: v.nullish(
    v.pipe(
      noList,
      v.object({
        Source: v.nullish(v.string()),
        Format: v.nullish(v.string()),
        VariableFlags: v.nullish(v.record(v.string(), v.string())),
        Variables: v.nullish(v.string()),
      }),
    ),
  ),
});

/** Undefined when there is none, or it is longer than what is kept. Throws HTTPException 400 for what is none. */
export function readSubmission(body: string): SubmissionRecord | undefined {
  const parsed = v.safeParse(request, parseJson(body));
  if (!parsed.success)
    throw refuse(
      400,
      'Submission must be an object with Source, Format, VariableFlags and Variables',
    );
  const {
    Source: source,
    Format: format,
    VariableFlags: flags,
    Variables: variables,
  } = parsed.output.Submission ?? {};
  if (!source || Buffer.byteLength(source) + Buffer.byteLength(variables ?? '') > mostBytes)
    return undefined;
  return {
    source,
    format: format === 'json' ? 'json' : 'hcl2',
    variableFlags: flags ?? {},
    variables: variables ?? '',
  };
}

/** @param wanted a version's number as text; undefined for the newest */
export function submissionObject(job: JobRecord, wanted: string | undefined): Json {
  const number = wanted === undefined ? job.jobVersion : Number(wanted);
  const version = job.versions.find(({ jobVersion }) => jobVersion === number);
  if (version?.submission === undefined) throw refuse(404, 'job source not found');
  const { source, format, variableFlags, variables } = version.submission;
  return {
    Source: source,
    Format: format,
    VariableFlags: variableFlags,
    Variables: variables,
    JobID: job.id,
    Namespace: 'default',
    JobIndex: job.jobModifyIndex,
    JobModifyIndex: job.jobModifyIndex,
    Version: number,
  };
}

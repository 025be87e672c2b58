// Pure: short ways to job files in HCL.

import assert from 'node:assert/strict';
import type { Job, Task } from '../../src/job/job-model.ts';
import { type LoadedJob, type LoadJobOptions, loadJobFile } from '../../src/job/load-job-file.ts';
import { problemsOf } from './job-problems.ts';

/** Loads text as `job.hcl`. */
export function loadHcl(source: string, options: LoadJobOptions = {}): LoadedJob {
  return loadJobFile({ source, filename: 'job.hcl' }, options);
}

/** The job of a text that has no problem at all, not even a warning. */
export function hclJob(source: string, options: LoadJobOptions = {}): Job {
  const loaded = loadHcl(source, options);
  assert.deepEqual(problemsOf(loaded), []);
  assert.ok(loaded.job);
  return loaded.job;
}

/** A job of one task, with `lines` in the task; they begin in line 4. */
export function jobWithTask(lines: string): string {
  return `job "j" {\ntask "t" {\ndriver = "raw_exec"\n${lines}\n}\n}\n`;
}

/** The task of {@link jobWithTask}. */
export function hclTask(lines: string, options: LoadJobOptions = {}): Task {
  const task = hclJob(jobWithTask(lines), options).groups[0]?.tasks[0];
  assert.ok(task);
  return task;
}

/** The first `config` argument `args` of a job whose only task echoes. */
export function echoed(expression: string, before = '', options: LoadJobOptions = {}): unknown {
  const source = `${before}\n${jobWithTask(`config {\ncommand = "/bin/echo"\nargs = ${expression}\n}`)}`;
  return hclJob(source, options).groups[0]?.tasks[0]?.config['args'];
}

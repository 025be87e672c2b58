// Every file of the corpus is refused, each problem with its place and one clear sentence. UPDATE_CORPUS=1 writes what is told anew.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBadJobs, writeBadJobs } from '../../helpers/bad-jobs.ts';
import { loadHcl } from '../../helpers/hcl-job.ts';
import { problemsOf } from '../../helpers/job-problems.ts';

const jobs = readBadJobs();
const toldNow = (source: string): string[] =>
  problemsOf(loadHcl(source)).flatMap((text) => text.split('\n'));

if (process.env['UPDATE_CORPUS'] !== undefined)
  writeBadJobs(jobs.map((job) => ({ ...job, told: toldNow(job.source) })));

describe('a bad job file', () => {
  it('is one of many', () => {
    assert.ok(jobs.length >= 100);
    assert.equal(new Set(jobs.map(({ name }) => name)).size, jobs.length);
  });

  for (const { name, source, told } of readBadJobs()) {
    it(`with ${name}`, () => {
      const loaded = loadHcl(source);
      assert.equal(loaded.job, undefined);
      assert.deepEqual(toldNow(source), told);
      const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
      assert.ok(errors.length > 0);
      for (const { range, summary } of errors) {
        assert.ok(range !== undefined && range.start.line >= 1 && range.start.column >= 1);
        assert.doesNotMatch(summary, /\n {4}at |TypeError|undefined is not|\[object/);
      }
    });
  }
});

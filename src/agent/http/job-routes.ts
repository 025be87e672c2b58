// Owner of nothing: /v1/jobs, /v1/job and /v1/evaluation. Ids of jobs hold slashes, so the last word of a path is what is asked of it.

import type { Context, Hono } from 'hono';
import * as v from 'valibot';
import { apiJob } from '../../job/api-job.ts';
import type { JobRecord } from '../state/records.ts';
import { allocationStub } from './allocation-json.ts';
import type { ApiContext } from './api.ts';
import { evaluationObject, type Json, jobObject, jobStub, jobSummary } from './job-json.ts';
import { page } from './page.ts';
import { bodyText, parseJson, readApiJob, readHclJob } from './read-job.ts';
import { json, refuse, whenNewer } from './respond.ts';
import { readSubmission, submissionObject } from './submission.ts';

const parseRequest = v.object({
  JobHCL: v.string(),
  Variables: v.optional(v.nullable(v.string())),
});

export function addJobRoutes(app: Hono, { agent, node }: ApiContext): void {
  const findJob = (id: string): JobRecord => {
    const job = agent.job(id);
    if (job === undefined) throw refuse(404, `job not found: ${id}`);
    return job;
  };
  const register = async (context: Context): Promise<Response> => {
    const body = await bodyText(context);
    const { job, warnings } = readApiJob(body);
    const submission = readSubmission(body);
    if (job.namespace !== 'default')
      throw refuse(404, `there is no namespace ${JSON.stringify(job.namespace)} here`);
    if (job.region !== 'global')
      throw refuse(404, `there is no region ${JSON.stringify(job.region)} here`);
    const { id, index } = await agent.register({ job, ...(submission && { submission }) });
    const answer = { EvalID: id, EvalCreateIndex: index, JobModifyIndex: index };
    return json(context, agent, { ...answer, Warnings: warnings });
  };

  app.get('/v1/jobs', async (context) => {
    await whenNewer(context, agent);
    const stubs = agent.jobs().map((job) => jobStub(job, agent.allocations(job.id)));
    const whole = (stub: Json): Json => {
      const job = findJob(String(stub['ID']));
      return { ...stub, ...jobObject(job, agent.allocations(job.id)) };
    };
    return json(
      context,
      agent,
      page(context, stubs, ({ ID }) => String(ID), whole),
    );
  });
  app.on(['PUT', 'POST'], '/v1/jobs', register);
  app.on(['PUT', 'POST'], '/v1/jobs/parse', async (context) => {
    const parsed = v.safeParse(parseRequest, parseJson(await bodyText(context)));
    if (!parsed.success) throw refuse(400, 'the body must be an object with "JobHCL", a text');
    const { JobHCL: source, Variables: variables } = parsed.output;
    return json(context, agent, apiJob(readHclJob(source, variables ?? '').job));
  });
  app.on(['PUT', 'POST'], '/v1/validate/job', async (context) => {
    const { warnings } = readApiJob(await bodyText(context));
    const body = { DriverConfigValidated: true, ValidationErrors: null, Error: '' };
    return json(context, agent, { ...body, Warnings: warnings });
  });
  app.get('/v1/job/:rest{.+}', async (context) => {
    await whenNewer(context, agent);
    const { id, what } = wordsOf(context, ['', ...Object.keys(views)]);
    const job = findJob(id);
    const view = views[what];
    const answer =
      view === undefined
        ? jobObject(job, agent.allocations(id))
        : view({ job, agent, node, version: context.req.query('version') });
    return json(context, agent, answer);
  });
  app.on(['PUT', 'POST'], '/v1/job/:rest{.+}', async (context) => {
    const { id, what } = wordsOf(context, ['', 'evaluate']);
    if (what === 'evaluate') {
      const { id: evaluation, index } = await agent.evaluate(findJob(id).id);
      return json(context, agent, { EvalID: evaluation, EvalCreateIndex: index });
    }
    return register(context);
  });
  app.delete('/v1/job/:rest{.+}', async (context) => {
    const { id } = wordsOf(context, ['']);
    const isPurged = context.req.query('purge') === 'true';
    const { id: evaluation, index } = await agent.deregister(findJob(id).id, isPurged);
    const body = { EvalID: evaluation, EvalCreateIndex: index, JobModifyIndex: index };
    return json(context, agent, body);
  });

  app.get('/v1/evaluations', async (context) => {
    await whenNewer(context, agent);
    const all = agent.jobs().flatMap(({ evaluations }) => evaluations.map(evaluationObject));
    return json(
      context,
      agent,
      page(context, all, ({ ID }) => String(ID)),
    );
  });
  app.get('/v1/evaluation/:id', (context) => {
    const evaluation = agent.evaluation(context.req.param('id'));
    if (evaluation === undefined) throw refuse(404, 'evaluation not found');
    return json(context, agent, evaluationObject(evaluation));
  });
  app.get('/v1/evaluation/:id/allocations', (context) => {
    const id = context.req.param('id');
    const stubs = agent
      .allocations()
      .filter(({ evaluationId }) => evaluationId === id)
      .map((one) => allocationStub(one, findJob(one.jobId), node));
    return json(context, agent, stubs);
  });
  app.get('/v1/deployments', (context) => json(context, agent, []));
}

interface View extends Pick<ApiContext, 'agent' | 'node'> {
  readonly job: JobRecord;
  /** Of the query. */
  readonly version: string | undefined;
}

/** What can be asked of a job. */
const views: Readonly<Record<string, (view: View) => unknown>> = {
  allocations: ({ job, agent, node }) =>
    agent.allocations(job.id).map((one) => allocationStub(one, job, node)),
  evaluations: ({ job }) => job.evaluations.toReversed().map(evaluationObject),
  summary: ({ job, agent }) => jobSummary(job, agent.allocations(job.id)),
  // There are none on one host, yet.
  deployment: () => null,
  deployments: () => [],
  submission: ({ job, version }) => submissionObject(job, version),
  versions: ({ job, agent }) => ({
    Versions: job.versions
      .toReversed()
      .map(({ jobVersion }) => jobObject(job, agent.allocations(job.id), jobVersion)),
    Diffs: null,
  }),
};

/** `web/allocations` → the id `web` and the word `allocations`; a job may be called so, too: then the id wins. */
function wordsOf(context: Context, known: readonly string[]): { id: string; what: string } {
  const path = new URL(context.req.url).pathname.slice('/v1/job/'.length);
  const at = path.lastIndexOf('/');
  const last = path.slice(at + 1);
  const isWord = at > 0 && known.includes(last);
  try {
    return isWord
      ? { id: decodeURIComponent(path.slice(0, at)), what: last }
      : { id: decodeURIComponent(path), what: '' };
  } catch {
    throw refuse(400, `the path ${path} has a % that begins no character`);
  }
}

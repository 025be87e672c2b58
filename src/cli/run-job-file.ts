// Owner of one `raw-exec run` from the file to the exit code.

import { type AllocationBase, openAllocationBase } from '../agent/allocation-directory.ts';
import type { TaskResult } from '../agent/allocation-run.ts';
import { JobRun } from '../agent/job-run.ts';
import { hostPorts } from '../agent/port-assignment.ts';
import { type PreparedJob, prepareJob } from '../agent/prepared-job.ts';
import { isFailure, isGoodOutcome } from '../agent/task-outcome.ts';
import type { Diagnostic } from '../job/hcl/syntax.ts';
import { renderDiagnostics } from '../job/render-diagnostics.ts';
import { notesFor } from '../job/run-notes.ts';
import { messageOf } from '../message-of.ts';
import { AgentClient } from './agent-client.ts';
import { failureExitCode, usageExitCode } from './exit-codes.ts';
import { hasErrors, type JobFlags, loadJob, standardInputName } from './job-flags.ts';
import { closedOutputExitCode, hasColours, printError } from './print.ts';
import { registerJob, type Submission } from './register-job.ts';
import { RunScreen } from './run-screen.ts';
import { StopRequests } from './stop-requests.ts';
import { UserError } from './user-error.ts';

interface RunFlags extends JobFlags {
  readonly allocDir?: string;
  readonly keep?: true;
  readonly restart?: true;
  readonly here?: true;
  readonly detach?: true;
  readonly socket?: string;
}

/** Runs it, and sets the exit code or ends this process by the signal that ended the run. */
export async function runJobFile(file: string, flags: RunFlags): Promise<void> {
  const { job, diagnostics, sources } = await loadJob(file, flags);
  const tell = (found: readonly Diagnostic[]): void => {
    printError(renderDiagnostics(found, { sources, colour: hasColours(2) }));
    if (hasErrors(found)) throw refused(file);
  };
  const agent = await agentFor(flags);
  const alone = flags.restart === true ? 'restartingRun' : 'run';
  tell(notesFor(agent === undefined ? alone : 'agent', diagnostics));
  if (job === undefined) throw refused(file);
  if (agent !== undefined) {
    const submission = submissionOf(file, sources, flags);
    return registerJob(agent, job, submission, flags.detach === true);
  }

  const stops = new StopRequests();
  const base = await openBase(flags.allocDir, job.id);
  try {
    const options = { base: base.path, ports: hostPorts(), env: process.env };
    const prepared = await prepareJob(job, options);
    tell(prepared.diagnostics);
    await runPrepared(prepared, stops, flags);
  } finally {
    // Takes away only what is empty: nothing that was kept.
    await base.release();
  }
  stops.endAsAsked();
}

function submissionOf(
  file: string,
  sources: ReadonlyMap<string, string>,
  { var: vars = [], varFile = [] }: RunFlags,
): Submission {
  const source = sources.get(file === '-' ? standardInputName : file) ?? '';
  const flagOf = (text: string): [string, string] => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)];
  };
  return {
    Source: source,
    Format: source.trimStart().startsWith('{') ? 'json' : 'hcl2',
    VariableFlags: Object.fromEntries(vars.map(flagOf)),
    Variables: varFile.map((path) => sources.get(path) ?? '').join('\n'),
  };
}

/** Undefined: it runs here. */
async function agentFor(flags: RunFlags): Promise<AgentClient | undefined> {
  const foreground = (['here', 'restart', 'keep', 'allocDir'] as const).filter(
    (name) => flags[name] !== undefined,
  );
  const isAsked = flags.detach === true || flags.socket !== undefined;
  if (foreground.length > 0) {
    if (!isAsked) return undefined;
    const names = foreground.map((name) => (name === 'allocDir' ? '--alloc-dir' : `--${name}`));
    const why = `${names.join(', ')}: these are for a run in the foreground`;
    throw new UserError(`--detach and --socket cannot be given with ${why}`, usageExitCode);
  }
  const client = new AgentClient(flags.socket);
  if (await client.isThere()) return client;
  if (!isAsked && process.env['RAW_EXEC_SOCKET'] === undefined) return undefined;
  // Says who should have answered.
  await client.get('/v1/status/leader');
  return client;
}

async function runPrepared(
  prepared: PreparedJob,
  stops: StopRequests,
  { keep, restart }: RunFlags,
): Promise<void> {
  const output = { isClosed: false, hasFailed: false };
  const screen = new RunScreen(prepared.allocations, (failure) => {
    if (failure === undefined) {
      output.isClosed = true;
      run.stop();
    } else {
      // No reason to lose the tasks: their logs have it all, and are kept.
      output.hasFailed = true;
      screen.note(
        `nothing more is shown of standard output, which is in the logs: ${messageOf(failure)}`,
      );
    }
  });
  const run = await JobRun.create(prepared, screen, { restarts: restart === true });
  stops.attach(run, (text) => screen.note(text));
  const results = await run.run();
  if (!output.isClosed) screen.summary(results);
  const stays =
    keep === true || output.hasFailed || results.some(({ outcome }) => isFailure(outcome));
  if (stays) {
    for (const { allocation } of prepared.allocations) {
      screen.note(`kept: ${allocation.paths.root}`);
    }
  }
  await screen.flush();
  process.exitCode = output.isClosed ? closedOutputExitCode : exitCodeOf(results);
  if (output.hasFailed) process.exitCode = failureExitCode;
  // Last, because it may fail: everything else has been told then.
  if (!stays) await run.removeDirectories();
}

/** The system's words for what cannot be made, with what to do. */
async function openBase(wanted: string | undefined, name: string): Promise<AllocationBase> {
  try {
    return await openAllocationBase(wanted, name);
  } catch (error) {
    const why = messageOf(error);
    const advice = 'Name another directory by --alloc-dir; without it, TMPDIR says where';
    const what = `cannot make a directory for the allocations: ${why}. ${advice}.`;
    throw new UserError(what, failureExitCode, error);
  }
}

function exitCodeOf(results: readonly TaskResult[]): number {
  return results.every(({ outcome }) => isGoodOutcome(outcome)) ? 0 : failureExitCode;
}

function refused(file: string): UserError {
  return new UserError(`${file} cannot be run; nothing was started.`, failureExitCode);
}

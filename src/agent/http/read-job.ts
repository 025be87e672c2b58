// Pure: the job in the body of a request. A body that is too large, is no JSON or holds no good job is refused as a whole.

import type { Context } from 'hono';
import type { Job } from '../../job/job-model.ts';
import { type LoadedJob, loadJobFile } from '../../job/load-job-file.ts';
import { renderDiagnostics } from '../../job/render-diagnostics.ts';
import { notesFor } from '../../job/run-notes.ts';
import { messageOf } from '../../message-of.ts';
import { refuse } from './respond.ts';

/** As large as a job may be. */
const mostBytes = 10 * 1024 * 1024;
/** Of a body that is too large, as much is read before the connection is cut. */
const mostIgnoredBytes = 10 * mostBytes;

export interface ReadJob {
  readonly job: Job;
  /** What is not honoured, a line each. */
  readonly warnings: string;
}

export async function bodyText(context: Context): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of context.req.raw.body ?? []) {
    size += piece.length;
    if (size <= mostBytes) pieces.push(piece);
    // Who is still writing would not see the answer.
    else if (size > mostIgnoredBytes) break;
  }
  if (size > mostBytes) throw tooLarge();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    throw refuse(400, 'the body is not UTF-8 text');
  }
}

/** Throws HTTPException 400 for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(400, `the body is no JSON: ${messageOf(error)}`);
  }
}

/** The API's JSON, bare or under `Job`. */
export function readApiJob(source: string): ReadJob {
  return checked(loadJobFile({ source, filename: 'job' }, { format: 'api-json' }));
}

/** HCL as text. Functions that read files are off: only the command reads files, with its caller's rights. */
export function readHclJob(source: string, variables: string): ReadJob {
  const varFiles = [{ source: variables, filename: 'variables' }];
  return checked(loadJobFile({ source, filename: 'job' }, variables === '' ? {} : { varFiles }));
}

function checked({ job, diagnostics, sources }: LoadedJob): ReadJob {
  const notes = notesFor('agent', diagnostics);
  const text = renderDiagnostics(notes, { sources, colour: false }).trimEnd();
  if (job === undefined) throw refuse(400, text);
  return { job, warnings: text };
}

function tooLarge(): Error {
  return refuse(413, `a body may have ${mostBytes} bytes`);
}

// Pure: the job in the body of a request. A body that is too large, is no JSON or holds no good job is refused as a whole.

import type { Context } from 'hono';
import type { Job } from '../../job/job-model.ts';
import { loadJobFile } from '../../job/load-job-file.ts';
import { renderDiagnostics } from '../../job/render-diagnostics.ts';
import { refuse } from './respond.ts';

/** As large as a job may be. */
const mostBytes = 10 * 1024 * 1024;

export interface ReadJob {
  readonly job: Job;
  /** What is not honoured, a line each. */
  readonly warnings: string;
}

export async function bodyText(context: Context): Promise<string> {
  const declared = Number(context.req.header('content-length') ?? 0);
  if (declared > mostBytes) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of context.req.raw.body ?? []) {
    size += piece.length;
    if (size > mostBytes) throw tooLarge();
    pieces.push(piece);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    throw refuse(400, 'the body is not UTF-8 text');
  }
}

/** The API's JSON, bare or under `Job`. */
export function readApiJob(source: string): ReadJob {
  const { job, diagnostics, sources } = loadJobFile(
    { source, filename: 'job' },
    { format: 'api-json' },
  );
  const text = renderDiagnostics(diagnostics, { sources, colour: false });
  if (job === undefined) throw refuse(400, text.trimEnd());
  return { job, warnings: text.trimEnd() };
}

/** HCL as text. Functions that read files are off: only the command reads files, with its caller's rights. */
export function readHclJob(source: string, variables: string): ReadJob {
  const { job, diagnostics, sources } = loadJobFile(
    { source, filename: 'job' },
    variables === ''
      ? {}
      : { varFiles: [{ source: variables, filename: 'variables', directory: '' }] },
  );
  const text = renderDiagnostics(diagnostics, { sources, colour: false });
  if (job === undefined) throw refuse(400, text.trimEnd());
  return { job, warnings: text.trimEnd() };
}

function tooLarge(): Error {
  return refuse(413, `a body may have ${mostBytes} bytes`);
}

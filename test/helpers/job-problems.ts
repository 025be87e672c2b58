// Pure: what is wrong with a loaded job, in short lines.

import type { LoadedJob } from '../../src/job/load-job-file.ts';

/** `file:line:column: error: summary | detail`, in the order in which they are told. */
export function problemsOf({ diagnostics }: Pick<LoadedJob, 'diagnostics'>): string[] {
  return diagnostics.map(({ severity, summary, detail, range }) => {
    const place =
      range === undefined ? '' : `${range.filename}:${range.start.line}:${range.start.column}: `;
    return `${place}${severity}: ${summary}${detail === undefined ? '' : ` | ${detail}`}`;
  });
}

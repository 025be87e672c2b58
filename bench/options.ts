// Pure: the command line of the harness.

import { parseArgs } from 'node:util';

export interface Options {
  readonly mode: 'full' | 'quick' | 'smoke';
  readonly only: readonly string[];
  /** Name of the result files. */
  readonly out: string;
  readonly isForReadme: boolean;
  readonly isHelpWanted: boolean;
}

export const help = `npm run bench -- [options]

  --smoke          every case once with a few starts, in seconds; fails when a case fails
  --quick          one round of each case, short: for a look while developing
  --only CASE      only this case; may be given more than once
  --out NAME       name of the files in bench/results (default: latest, quick, smoke)
  --readme         put the report into bench/README.md too

node bench/compare.mjs BEFORE.json AFTER.json   compares two result files
`;

export function readArguments(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const mode = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full';
  return {
    mode,
    only: values.only,
    out: values.out ?? (mode === 'full' ? 'latest' : mode),
    isForReadme: values.readme,
    isHelpWanted: values.help,
  };
}

// `raw-exec validate`: every problem of a job file, as text or JSON. Nothing is made or started.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { pretendedPorts } from '../agent/port-assignment.ts';
import { prepareJob } from '../agent/prepared-job.ts';
import type { Diagnostic } from '../job/hcl/syntax.ts';
import { renderDiagnostics } from '../job/render-diagnostics.ts';
import { notesFor } from '../job/run-notes.ts';
import { failureExitCode } from './exit-codes.ts';
import {
  fileArgument,
  formatOption,
  hasErrors,
  type JobFlags,
  loadJob,
  varFileOption,
  varOption,
} from './job-flags.ts';
import { hasColours, printError, printOut } from './print.ts';

const help = `
The exit code is 0 when the job can run here (there may be warnings), 1 when it cannot.

Examples:
  raw-exec validate web.nomad.hcl
  raw-exec validate --var count=2 --json web.nomad.hcl | jq .errors
`;

interface ValidateFlags extends JobFlags {
  readonly json?: true;
}

/** Where allocations would be, for values that refer to it. */
const pretendedBase = '/allocations';

export function makeValidateCommand(): CommandUnknownOpts {
  return new Command('validate')
    .description(
      'Checks a job file as `run` would read it, and lists every problem with its place in the file. Nothing is started.',
    )
    .addArgument(fileArgument())
    .addOption(varOption())
    .addOption(varFileOption())
    .addOption(formatOption())
    .option('--json', 'print the problems as JSON on standard output')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(validate);
}

async function validate(file: string, flags: ValidateFlags): Promise<void> {
  const { job, diagnostics: found, sources } = await loadJob(file, flags);
  // What holds wherever the job will run; a run in the foreground tells by itself what it does not do.
  const diagnostics = [...notesFor('agent', found)];
  if (job !== undefined && !hasErrors(diagnostics)) {
    const options = { base: pretendedBase, ports: pretendedPorts(), env: process.env };
    diagnostics.push(...(await prepareJob(job, options)).diagnostics);
  }
  const isValid = !hasErrors(diagnostics);
  if (flags.json === true) {
    printOut(`${JSON.stringify(asJson(diagnostics), null, 2)}\n`);
  } else {
    printError(renderDiagnostics(diagnostics, { sources, colour: hasColours(2) }));
    printOut(`${file}: ${summary(diagnostics)}\n`);
  }
  if (!isValid) process.exitCode = failureExitCode;
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const counts = [count(errors, 'error'), count(warnings, 'warning')].filter((text) => text !== '');
  const found = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
  return errors === 0 ? `valid${found}` : `not valid${found}`;
}

function count(number: number, noun: string): string {
  return number === 0 ? '' : `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `{ valid, errors, warnings }`; a place has lines and columns counted from 1. */
function asJson(diagnostics: readonly Diagnostic[]): object {
  const list = (wanted: Diagnostic['severity']): object[] =>
    diagnostics.filter(({ severity }) => severity === wanted).map(problemAsJson);
  return {
    valid: !hasErrors(diagnostics),
    errors: list('error'),
    warnings: list('warning'),
  };
}

function problemAsJson({ summary: message, detail, range }: Diagnostic): object {
  return {
    message,
    ...(detail !== undefined && { detail }),
    ...(range !== undefined && {
      file: range.filename,
      line: range.start.line,
      column: range.start.column,
      endLine: range.end.line,
      endColumn: range.end.column,
    }),
  };
}

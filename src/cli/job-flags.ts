// The flags that say what job file is meant, for all commands that read one; and the reading of it.

import { Argument, Option } from '@commander-js/extra-typings';
import type { Diagnostic } from '../job/hcl/syntax.ts';
import { type LoadedJob, loadJobFile } from '../job/load-job-file.ts';
import { collect } from './flag-values.ts';

/** What the flags parse to. */
export interface JobFlags {
  readonly var?: readonly string[];
  readonly varFile?: readonly string[];
  readonly inputFormat: 'auto' | 'hcl' | 'hcl-json' | 'api-json';
}

const formats = ['auto', 'hcl', 'hcl-json', 'api-json'] as const;

/** Named so in messages. */
export const standardInputName = '<stdin>';

// Functions, so that every command has objects of its own.

export const fileArgument = (): Argument<'<file>', string> =>
  new Argument('<file>', 'a Nomad job file, HCL or JSON; - is standard input');

export const varOption = () =>
  new Option('--var <name=value>', 'value of a variable of the file (repeatable)').argParser(
    collect,
  );

export const varFileOption = () =>
  new Option('--var-file <file>', 'file with values of variables (repeatable)').argParser(collect);

export const formatOption = () =>
  new Option('--input-format <format>', 'what the file is written in')
    .choices(formats)
    .default('auto' as const);

/** Reads a job file as the flags say. Never throws for what is in it. */
export async function loadJob(file: string, flags: JobFlags): Promise<LoadedJob> {
  const source =
    file === '-' ? { source: await readStandardInput(), filename: standardInputName } : file;
  return loadJobFile(source, {
    vars: flags.var ?? [],
    varFiles: flags.varFile ?? [],
    env: process.env,
    format: flags.inputFormat,
  });
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

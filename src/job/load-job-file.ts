/** From a job file to a job. Reads files; everything that it calls is pure. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildJob } from './build-job.ts';
import { checkTaskConfigs } from './check-task-config.ts';
import { jobSchema } from './fields/job-fields.ts';
import { functionsWithFiles, hclFunctions } from './hcl/functions.ts';
import type { Body, Diagnostic } from './hcl/syntax.ts';
import { parseBody } from './hcl-body.ts';
import type { Job } from './job-model.ts';
import { loadHclJob } from './load-hcl-job.ts';
import { parseJson } from './parse-json.ts';
import { Problems } from './problems.ts';
import type { RawBlock } from './raw-block.ts';
import { looksLikeApiJob, readApiJob } from './read-api-block.ts';
import { reportSupport } from './support-report.ts';
import { wrapTasks } from './wrap-tasks.ts';

/** Text that is already at hand, with the name that messages call it by. */
export interface JobSource {
  readonly source: string;
  readonly filename: string;
  /** Where `file("…")` and the like read from, with the rights of this process. Absent means that they are refused. */
  readonly directory?: string;
}

/** What {@link loadJobFile} takes beside the file. */
export interface LoadJobOptions {
  /** Values of `-var name=value`, in the order given. They win over everything else. */
  readonly vars?: readonly string[];
  /** Paths of `-var-file`, in the order given. */
  readonly varFiles?: readonly (string | JobSource)[];
  /** Where `NOMAD_VAR_name` is looked up. @default {} */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * What the file is written in. `auto` tells the API's JSON from HCL's by its keys.
   *
   * @default 'auto'
   */
  readonly format?: 'auto' | 'hcl' | 'hcl-json' | 'api-json';
}

/** What came of it. */
export interface LoadedJob {
  /** Absent when a diagnostic is an error. */
  readonly job?: Job;
  /** Every problem, in the order of the file: errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** The text of each file that a diagnostic may point into, for `renderDiagnostics`. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Loads a job file.
 *
 * Never throws for what stands in the file: that is in `diagnostics`. A file that cannot be read is a diagnostic, too.
 *
 * @example
 * const { job, diagnostics, sources } = loadJobFile('web.nomad.hcl', { vars: ['port=8080'] });
 * process.stderr.write(renderDiagnostics(diagnostics, { sources }));
 */
export function loadJobFile(file: string | JobSource, options: LoadJobOptions = {}): LoadedJob {
  const problems = new Problems();
  const sources = new Map<string, string>();
  const read = readSource(file, problems, sources);
  const written = read === undefined ? undefined : readJob(read, options, problems, sources);
  if (written === undefined) {
    return { diagnostics: problems.inOrder(), sources };
  }
  const block = wrapTasks(written);
  reportSupport(block, problems);
  const job = buildJob(block, problems);
  checkTaskConfigs(job, problems);
  const diagnostics = problems.inOrder();
  return problems.hasErrors ? { diagnostics, sources } : { job, diagnostics, sources };
}

function readJob(
  file: JobSource,
  options: LoadJobOptions,
  problems: Problems,
  sources: Map<string, string>,
): RawBlock | undefined {
  const format = options.format ?? 'auto';
  const isJson = format === 'auto' && file.source.trimStart().startsWith('{');
  if (format === 'api-json' || isJson) {
    const parsed = parseJson(file.source, file.filename);
    if (!parsed.ok) {
      problems.error(parsed.problem, parsed.range);
      return undefined;
    }
    if (format === 'api-json' || looksLikeApiJob(parsed.located.value)) {
      return readApiJob(parsed, jobSchema, problems);
    }
  }
  const body = parse(file, isJson || format === 'hcl-json', problems);
  const varFiles = readVarFiles(options.varFiles ?? [], problems, sources);
  if (body === undefined) {
    return undefined;
  }
  const { vars = [], env = {} } = options;
  const functions =
    file.directory === undefined ? hclFunctions : functionsWithFiles(file.directory);
  return loadHclJob({ body, source: file.source, functions, vars, varFiles, env }, problems);
}

function readVarFiles(
  files: readonly (string | JobSource)[],
  problems: Problems,
  sources: Map<string, string>,
): Body[] {
  return files.flatMap((file) => {
    const read = readSource(file, problems, sources);
    const isJson = read?.filename.endsWith('.json') ?? false;
    const body = read === undefined ? undefined : parse(read, isJson, problems);
    return body === undefined ? [] : [body];
  });
}

/** A file that does not parse is not looked into further: what was found in half of it would mislead. */
function parse(file: JobSource, isJson: boolean, problems: Problems): Body | undefined {
  const { body, diagnostics } = parseBody(file.source, file.filename, isJson);
  problems.take(diagnostics);
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error') ? undefined : body;
}

function readSource(
  file: string | JobSource,
  problems: Problems,
  sources: Map<string, string>,
): JobSource | undefined {
  const read = typeof file === 'string' ? readFile(file, problems) : file;
  if (read !== undefined) {
    sources.set(read.filename, read.source);
  }
  return read;
}

function readFile(path: string, problems: Problems): JobSource | undefined {
  try {
    const bytes = readFileSync(path);
    const source = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { source, filename: path, directory: dirname(path) };
  } catch (error) {
    const isText = error instanceof TypeError;
    const reason = isText ? 'it is not UTF-8 text' : error instanceof Error ? error.message : '';
    problems.error(`cannot read ${path}: ${reason}`, undefined);
    return undefined;
  }
}

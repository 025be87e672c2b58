/** From a job file to a job. Reads files; everything that it calls is pure. */
import type { Diagnostic } from './hcl/syntax.ts';
import type { Job } from './job-model.ts';

/** Text that is already at hand, with the name that messages call it by. */
export interface JobSource {
  readonly source: string;
  readonly filename: string;
}

/** What {@link loadJobFile} takes beside the file. */
export interface LoadJobOptions {
  /** Values of `-var name=value`, in the order given. They win over everything else. */
  readonly vars?: readonly string[];
  /** Paths of `-var-file`, in the order given. */
  readonly varFiles?: readonly string[];
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
  /** The text of each file that a diagnostic may point into, for {@link renderDiagnostics}. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Loads a job file.
 *
 * Never throws for what stands in the file: that is in `diagnostics`. A file that cannot be read is a diagnostic, too.
 */
export function loadJobFile(_file: string | JobSource, _options: LoadJobOptions = {}): LoadedJob {
  throw new Error('not written yet');
}

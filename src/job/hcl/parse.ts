/** Reads files in HCL's native syntax. Pure. */
import type { Body, Diagnostic } from './syntax.ts';

/** What reading a file gives. */
export interface ParsedFile {
  /** What could be read, also when there are errors. */
  readonly body: Body;
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses a file. Never throws for what stands in it. */
export function parseHcl(_source: string, _filename: string): ParsedFile {
  throw new Error('not written yet');
}

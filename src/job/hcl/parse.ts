/** Reads files in HCL's native syntax. Pure. */
import { parseBody } from './parse-body.ts';
import { SourceText } from './source-text.ts';
import type { Body, Diagnostic } from './syntax.ts';
import { TokenStream } from './token-stream.ts';

/** What reading a file gives. */
export interface ParsedFile {
  /** What could be read, also when there are errors. */
  readonly body: Body;
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses a file. Never throws for what stands in it. */
export function parseHcl(source: string, filename: string): ParsedFile {
  const stream = new TokenStream(new SourceText(source, filename), 'code');
  const body = parseBody(stream, undefined);
  return { body, diagnostics: inOrder(stream.diagnostics) };
}

/** By place: the lexer reports before the parser does. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(
    (one, other) => (one.range?.start.offset ?? 0) - (other.range?.start.offset ?? 0),
  );
}

/** Reads text that is a template as a whole, and expressions that stand alone. Pure. */
import type { Diagnostic, Expression, Position } from './syntax.ts';

/** What reading an expression gives. */
export interface ParsedExpression {
  readonly expression: Expression;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parses text as what stands between the quotes of a template, without escapes by backslash.
 *
 * @param start where the text stands in its file @default line 1, column 1
 */
export function parseTemplate(
  _text: string,
  _filename: string,
  _start?: Position,
): ParsedExpression {
  throw new Error('not written yet');
}

/** Parses text as one expression, for values of variables given on the command line. */
export function parseExpression(
  _text: string,
  _filename: string,
  _start?: Position,
): ParsedExpression {
  throw new Error('not written yet');
}

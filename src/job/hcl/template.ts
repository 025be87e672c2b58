/** Reads text that is a template as a whole, and expressions that stand alone. Pure. */

import { inOrder } from './parse.ts';
import { parseExpressionTokens } from './parse-expression.ts';
import { parseBareTemplate } from './parse-template.ts';
import { firstPosition, SourceText } from './source-text.ts';
import type { Diagnostic, Expression, Position } from './syntax.ts';
import { TokenStream } from './token-stream.ts';

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
export function parseTemplate(text: string, filename: string, start?: Position): ParsedExpression {
  const source = new SourceText(text, filename, start ?? firstPosition);
  const stream = new TokenStream(source, 'template');
  return parsed(stream, () => parseBareTemplate(stream));
}

/** Parses text as one expression, for values of variables given on the command line. */
export function parseExpression(
  text: string,
  filename: string,
  start?: Position,
): ParsedExpression {
  const source = new SourceText(text, filename, start ?? firstPosition);
  const stream = new TokenStream(source, 'code');
  return parsed(stream, () =>
    // As if in parentheses: line ends do not matter.
    stream.withNewlines(false, () => {
      const expression = parseExpressionTokens(stream);
      const token = stream.peek();
      if (token.kind !== 'end') {
        stream.fail(
          token,
          `expected the end of the expression, and read ${stream.describe(token)}`,
        );
      }
      return expression;
    }),
  );
}

function parsed(stream: TokenStream, read: () => Expression): ParsedExpression {
  const range = stream.source.range(0, stream.source.text.length);
  const expression = stream.recovering(read) ?? { kind: 'invalid', range };
  return { expression, diagnostics: inOrder(stream.diagnostics) };
}

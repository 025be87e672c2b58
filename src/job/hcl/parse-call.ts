/** Reads calls of functions. Pure. */
import { parseExpressionTokens } from './parse-expression.ts';
import type { Expression } from './syntax.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** Reads a call; the first word of its name has been taken. */
export function parseCall(stream: TokenStream, first: Token): Expression {
  let name = stream.text(first);
  while (stream.take('::') !== undefined) {
    const part = stream.expect('identifier', 'expected the name of a function behind "::"');
    name += `::${stream.text(part)}`;
  }
  const nameRange = stream.rangeFrom(first.start);
  const open = stream.expect('(', 'expected "(" behind the name of a function');
  const call = { args: [] as Expression[], isExpanded: false };
  stream.withNewlines(false, () => {
    while (stream.take(')') === undefined) {
      if (stream.peek().kind === 'end') {
        stream.fail(open, 'the call is not closed', 'Its ")" is missing.');
      }
      call.args.push(parseExpressionTokens(stream));
      call.isExpanded = endArgument(stream, open);
    }
  });
  const { args, isExpanded } = call;
  const range = stream.rangeFrom(first.start);
  return { kind: 'call', name, nameRange, arguments: args, isExpanded, range };
}

/** Takes what stands behind an argument, but the `)`; tells whether it was `...`. */
function endArgument(stream: TokenStream, open: Token): boolean {
  const token = stream.peek();
  if (token.kind === '...') {
    stream.read();
    const isLast = stream.peek().kind === ')';
    return (
      isLast ||
      stream.fail(token, 'expected ")" behind "..."', 'Only the last argument can be expanded.')
    );
  }
  if (token.kind === 'end') {
    stream.fail(open, 'the call is not closed', 'Its ")" is missing.');
  }
  if (token.kind !== ')' && stream.take(',') === undefined) {
    stream.fail(
      token,
      `expected "," or ")" behind the argument, and read ${stream.describe(token)}`,
    );
  }
  return false;
}

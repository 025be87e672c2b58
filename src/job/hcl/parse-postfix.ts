/** Reads what stands behind a term: `.name`, `[key]`, `.*`, `[*]`. Pure. */
import { parseNumber } from './number.ts';
import { parseExpressionTokens } from './parse-expression.ts';
import type { Expression, TraversalStep } from './syntax.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** A tree of more would be too deep to walk. */
const maxInARow = 500;

/** Reads the steps behind `term`, which starts at the offset `start`. */
export function parsePostfix(stream: TokenStream, term: Expression, start: number): Expression {
  let source = term;
  let steps: TraversalStep[] = [];
  const flush = (end: number): Expression => {
    const result = withSteps(stream, source, steps, start, end);
    steps = [];
    return result;
  };
  for (let count = 0; ; count++) {
    const token = stream.peek();
    const end = stream.lastEnd;
    if (token.kind !== '.' && token.kind !== '[') {
      return flush(end);
    }
    if (count >= maxInARow) {
      stream.fail(token, `more than ${maxInARow} steps in a row`);
    }
    stream.read();
    if (token.kind === '.') {
      if (stream.peek().kind === '*') {
        source = parseAttributeSplat(stream, flush(end), start);
      } else {
        steps.push(parseDotStep(stream, token));
      }
      continue;
    }
    const index = parseBracket(stream, token);
    if (index === 'splat') {
      const item: Expression = { kind: 'splat-item', range: stream.rangeOf(token) };
      const each = stream.deeper(() => parsePostfix(stream, item, token.start));
      source = { kind: 'splat', source: flush(end), each, range: stream.rangeFrom(start) };
    } else if (index.kind === 'literal') {
      steps.push({ kind: 'index', key: index.value, range: stream.rangeFrom(token.start) });
    } else {
      source = { kind: 'index', source: flush(end), key: index, range: stream.rangeFrom(start) };
    }
  }
}

function parseDotStep(stream: TokenStream, dot: Token): TraversalStep {
  const token = stream.peek();
  if (token.kind === 'identifier') {
    stream.read();
    return { kind: 'attribute', name: stream.text(token), range: stream.rangeFrom(dot.start) };
  }
  if (token.kind === 'number') {
    stream.read();
    const text = stream.text(token);
    const key = parseNumber(text);
    if (text.includes('.') || key === undefined) {
      stream.fail(token, 'two indexes in a row are written in brackets', 'Write [0][1].');
    }
    return { kind: 'index', key, range: stream.rangeFrom(dot.start) };
  }
  return stream.fail(token, `expected a name behind ".", and read ${stream.describe(token)}`);
}

/** `.*` takes the names that follow, and no index in brackets: that is an index into the result. */
function parseAttributeSplat(stream: TokenStream, source: Expression, start: number): Expression {
  const star = stream.read();
  const item: Expression = { kind: 'splat-item', range: stream.rangeOf(star) };
  const steps: TraversalStep[] = [];
  for (;;) {
    const dot = stream.take('.');
    if (dot === undefined) {
      break;
    }
    steps.push(parseDotStep(stream, dot));
  }
  const each = withSteps(stream, item, steps, star.start, stream.lastEnd);
  return { kind: 'splat', source, each, range: stream.rangeFrom(start) };
}

/** Reads what stands in brackets, and the `]`. */
function parseBracket(stream: TokenStream, open: Token): Expression | 'splat' {
  return stream.withNewlines(false, () => {
    const isSplat = stream.take('*') !== undefined;
    const result = isSplat ? 'splat' : parseExpressionTokens(stream);
    const token = stream.peek();
    if (token.kind !== ']') {
      const at = token.kind === 'end' && isSplat ? open : token;
      stream.fail(at, `expected "]" behind the index, and read ${stream.describe(token)}`);
    }
    stream.read();
    return result;
  });
}

function withSteps(
  stream: TokenStream,
  source: Expression,
  steps: readonly TraversalStep[],
  start: number,
  end: number,
): Expression {
  if (steps.length === 0) {
    return source;
  }
  const range = stream.source.range(start, end);
  return source.kind === 'traversal'
    ? { ...source, steps, text: stream.source.text.slice(start, end), range }
    : { kind: 'relative-traversal', source, steps, range };
}

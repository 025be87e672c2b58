/** Reads bodies: attributes and blocks. Pure. */
import { parseExpressionTokens } from './parse-expression.ts';
import { decodeQuoted } from './string-literal.ts';
import type { Attribute, Block, BlockLabel, Body, Expression } from './syntax.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** A body that is being read. */
interface Items {
  readonly attributes: Attribute[];
  readonly blocks: Block[];
  readonly lines: Map<string, number>;
}

/**
 * Reads a body to the end of the file, or to the `}` of a block, which it takes.
 *
 * @param brace the `{` of the block
 */
export function parseBody(stream: TokenStream, brace: Token | undefined): Body {
  const start = stream.peek().start;
  const items: Items = { attributes: [], blocks: [], lines: new Map() };
  for (;;) {
    const token = stream.peek();
    if (token.kind === 'newline') {
      stream.read();
    } else if (token.kind === 'end') {
      // When something was given up, this is most likely its consequence.
      if (brace !== undefined && !stream.hasGivenUp) {
        stream.report(stream.rangeOf(brace), 'the block is not closed', 'Its "}" is missing.');
        stream.hasGivenUp = true; // One "}" may be missing, and all blocks around seem not closed.
      }
      break;
    } else if (token.kind === '}' && brace !== undefined) {
      break;
    } else if (token.kind === '}' && stream.hasGivenUp) {
      stream.read(); // What it closes could not be read.
    } else {
      stream.recovering(() => parseItem(stream, items));
    }
  }
  const { attributes, blocks } = items;
  return { attributes, blocks, range: stream.source.range(start, stream.read().start) };
}

function parseItem(stream: TokenStream, items: Items): void {
  const name = stream.peek();
  if (name.kind === 'open-quote') {
    stream.fail(name, 'names are written without quotes', 'Remove the quotes around it.');
  }
  if (name.kind !== 'identifier') {
    const read = stream.describe(name);
    stream.fail(name, `expected an argument or a block, and read ${read}`, itemForms);
  }
  stream.read();
  const next = stream.peek();
  if (next.kind === '=') {
    stream.read();
    parseAttribute(stream, items, name);
    endItem(stream, 'argument');
  } else if (next.kind === '{' || next.kind === 'open-quote' || next.kind === 'identifier') {
    items.blocks.push(parseBlock(stream, name));
    endItem(stream, 'block');
  } else {
    stream.fail(
      name,
      `expected "=" or "{" behind ${stream.describe(name)}, and read ${stream.describe(next)}`,
      itemForms,
    );
  }
}

const itemForms = 'Write name = value for an argument, and name { … } for a block.';

function parseAttribute(stream: TokenStream, items: Items, nameToken: Token): void {
  const name = stream.text(nameToken);
  const nameRange = stream.rangeOf(nameToken);
  const before = items.lines.get(name);
  if (before === undefined) {
    items.lines.set(name, nameRange.start.line);
  } else {
    stream.report(
      nameRange,
      `"${name}" is set twice`,
      `It is set in line ${before}, and each argument can be set only once.`,
    );
  }
  let expression: Expression = { kind: 'invalid', range: nameRange };
  try {
    expression = parseExpressionTokens(stream);
  } finally {
    // Also when the value cannot be read: the argument is there, and need not be reported as missing.
    const range = stream.rangeFrom(nameToken.start);
    items.attributes.push({ name, nameRange, expression, range });
  }
}

function parseBlock(stream: TokenStream, nameToken: Token): Block {
  const labels: BlockLabel[] = [];
  for (;;) {
    const token = stream.peek();
    if (token.kind === 'identifier') {
      stream.read();
      labels.push({ value: stream.text(token), range: stream.rangeOf(token) });
    } else if (token.kind === 'open-quote') {
      labels.push(parseLabel(stream));
    } else {
      break;
    }
  }
  const brace = stream.peek();
  if (brace.kind !== '{') {
    const read = stream.describe(brace);
    const detail = 'The "{" of a block stands on the line of its name.';
    stream.fail(brace, `expected a label in quotes or "{", and read ${read}`, detail);
  }
  stream.read();
  const body = stream.deeper(() => blockBody(stream, brace));
  return {
    type: stream.text(nameToken),
    typeRange: stream.rangeOf(nameToken),
    labels,
    body,
    range: stream.rangeFrom(nameToken.start),
  };
}

/** A label is a text without templates. */
function parseLabel(stream: TokenStream): BlockLabel {
  const open = stream.read();
  let value = '';
  for (;;) {
    const token = stream.read();
    if (token.kind === 'close-quote') {
      return { value, range: stream.rangeFrom(open.start) };
    }
    if (token.kind === 'text') {
      value += decodeQuoted(stream, token);
    } else if (token.kind === 'open-interpolation' || token.kind === 'open-directive') {
      const detail =
        'Names of blocks are known before anything is evaluated. A plain "${" is written "$${".';
      stream.fail(token, 'a label cannot hold a template', detail);
    } else {
      stream.fail(token, 'the label is not closed', 'Its closing quote is missing.');
    }
  }
}

function blockBody(stream: TokenStream, brace: Token): Body {
  const next = stream.peek();
  if (next.kind === 'newline' || next.kind === '}' || next.kind === 'end') {
    return parseBody(stream, brace);
  }
  return oneLineBody(stream);
}

/** `{ name = value }` on one line. */
function oneLineBody(stream: TokenStream): Body {
  const name = stream.peek();
  const detail =
    'A block on one line holds one argument. Put more, or other blocks, on lines of their own.';
  if (name.kind !== 'identifier') {
    const read = stream.describe(name);
    stream.fail(name, `expected an argument, "}" or a new line, and read ${read}`, detail);
  }
  stream.read();
  if (stream.peek().kind !== '=') {
    stream.fail(name, `expected an argument, and read the block ${stream.describe(name)}`, detail);
  }
  stream.read();
  const items: Items = { attributes: [], blocks: [], lines: new Map() };
  parseAttribute(stream, items, name);
  const end = stream.peek();
  if (end.kind !== '}') {
    stream.fail(end, `expected "}", and read ${stream.describe(end)}`, detail);
  }
  const { attributes, blocks } = items;
  return { attributes, blocks, range: stream.source.range(name.start, stream.read().start) };
}

function endItem(stream: TokenStream, what: string): void {
  const token = stream.peek();
  if (token.kind === 'newline') {
    stream.read();
  } else if (token.kind !== 'end') {
    const read = stream.describe(token);
    stream.fail(token, `expected a new line behind the ${what}, and read ${read}`);
  }
}

/** Tokens one after the other, as the parser reads them, and what it has to say about them. */
import { tokenize } from './lexer.ts';
import type { SourceText } from './source-text.ts';
import type { Diagnostic, Range } from './syntax.ts';
import { describeToken, type Token, type TokenKind } from './token.ts';

/** How deep blocks, expressions and templates may be nested: the parser calls itself for each level. */
const maxDepth = 200;

/** After so many errors a file is most likely no HCL. */
const maxErrors = 100;

/** Thrown when a part of the file is given up; its diagnostic is reported already. */
export class Abandoned extends Error {}

/** The parser's place in the file. */
export class TokenStream {
  readonly source: SourceText;
  readonly diagnostics: Diagnostic[];
  /** Whether a part of the file was given up: brackets that do not fit may be its consequence. */
  hasGivenUp = false;
  readonly #tokens: readonly Token[];
  #index = 0;
  #seesNewlines = true;
  #depth = 0;
  #lastEnd = 0;

  constructor(source: SourceText, start: 'code' | 'template') {
    this.source = source;
    const { tokens, diagnostics } = tokenize(source, start);
    this.#tokens = tokens;
    this.diagnostics = diagnostics.slice(0, maxErrors);
  }

  /** The next token. Line ends are tokens only outside of brackets. */
  peek(): Token {
    let token = this.#at(this.#index);
    while (!this.#seesNewlines && token.kind === 'newline') {
      this.#index++;
      token = this.#at(this.#index);
    }
    return token;
  }

  /** Takes the next token. The end is never passed. */
  read(): Token {
    const token = this.peek();
    if (token.kind !== 'end') {
      this.#index++;
    }
    this.#lastEnd = token.end;
    return token;
  }

  /** Takes the next token if it is of this kind. */
  take(kind: TokenKind): Token | undefined {
    return this.peek().kind === kind ? this.read() : undefined;
  }

  /** Takes the next token, which has to be of this kind. */
  expect(kind: TokenKind, summary: string, detail?: string): Token {
    const token = this.peek();
    return token.kind === kind ? this.read() : this.fail(token, summary, detail);
  }

  /** Whether the next token is this word. */
  isWord(word: string): boolean {
    const token = this.peek();
    return token.kind === 'identifier' && this.text(token) === word;
  }

  /** The text of a token. */
  text(token: Token): string {
    return this.source.text.slice(token.start, token.end);
  }

  /** What a token is, for messages. */
  describe(token: Token): string {
    return describeToken(token, this.source.text);
  }

  /** From an offset to the end of the token that was taken last. */
  rangeFrom(start: number): Range {
    return this.source.range(start, Math.max(start, this.#lastEnd));
  }

  /** The place of a token. */
  rangeOf(token: Token): Range {
    return this.source.range(token.start, token.end);
  }

  /** The end of the token that was taken last. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  /** Reads something in which line ends matter or do not. */
  withNewlines<T>(seesNewlines: boolean, read: () => T): T {
    const before = this.#seesNewlines;
    this.#seesNewlines = seesNewlines;
    const result = read();
    this.#seesNewlines = before;
    return result;
  }

  /** Reads something one level deeper. */
  deeper<T>(read: () => T): T {
    this.#depth++;
    if (this.#depth > maxDepth) {
      this.fail(this.peek(), `nested more than ${maxDepth} levels deep`);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  /** Reports an error and goes on. */
  report(range: Range, summary: string, detail?: string): void {
    if (this.diagnostics.length < maxErrors) {
      const extra = detail === undefined ? {} : { detail };
      this.diagnostics.push({ severity: 'error', summary, ...extra, range });
    }
  }

  /** Reports an error at a token and gives up what is being read. */
  fail(token: Token, summary: string, detail?: string): never {
    // What the lexer could not read has its message already.
    if (token.kind !== 'bad' && token.kind !== 'broken-text') {
      this.report(this.rangeOf(token), summary, detail);
    }
    this.giveUp();
  }

  /** Gives up what is being read; its diagnostic is reported already. */
  giveUp(): never {
    throw new Abandoned('the item cannot be read');
  }

  /** Reads something; when it is given up, goes to the end of the item of the body in which it stands. */
  recovering<T>(read: () => T): T | undefined {
    const index = this.#index;
    const depth = this.#depth;
    const seesNewlines = this.#seesNewlines;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Abandoned)) {
        throw error;
      }
      this.hasGivenUp = true;
      // From the item's first token: only so all brackets are seen in pairs.
      this.#index = Math.max(this.#itemEnd(index), index + 1);
      this.#depth = depth;
      this.#seesNewlines = seesNewlines;
      return undefined;
    }
  }

  #at(index: number): Token {
    const token = this.#tokens[index] ?? this.#tokens.at(-1);
    if (token === undefined) {
      throw new Error('the lexer gave no token'); // It always gives the end.
    }
    return token;
  }

  /** Index of what ends the item that starts at `index`: the line end behind it, or the bracket around it. */
  #itemEnd(index: number): number {
    const open: TokenKind[] = [];
    for (let at = index; at < this.#tokens.length; at++) {
      const { kind } = this.#at(at);
      if (kind === 'newline' && open.length === 0) {
        return at + 1;
      }
      const close = closers[kind];
      if (close !== undefined) {
        open.push(close);
      } else if (closerKinds.has(kind)) {
        const from = open.lastIndexOf(kind);
        if (from !== -1) {
          open.length = from;
        } else if (kind === '}') {
          return at; // It closes the block around.
        }
      } else if (kind === 'broken-text') {
        open.length = Math.max(0, open.indexOf('close-quote'));
      }
    }
    return this.#tokens.length - 1;
  }
}

const closers: Partial<Readonly<Record<TokenKind, TokenKind>>> = {
  '{': '}',
  '[': ']',
  '(': ')',
  'open-quote': 'close-quote',
  'open-heredoc': 'close-heredoc',
  'open-interpolation': 'close-sequence',
  'open-directive': 'close-sequence',
};
const closerKinds: ReadonlySet<TokenKind> = new Set(Object.values(closers));

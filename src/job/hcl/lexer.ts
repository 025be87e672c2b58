/** Cuts a file into tokens, templates included, in one pass. Pure. */
import { badCharacter } from './bad-character.ts';
import { heredocStart, identifierEnd, isDigit, numberEnd } from './characters.ts';
import { heredocEnd, textEnd } from './lex-text.ts';
import type { SourceText } from './source-text.ts';
import type { Diagnostic } from './syntax.ts';
import type { Punctuation, Token, TokenKind } from './token.ts';

/** What the lexer is inside of. */
type Mode =
  | { readonly kind: 'code'; readonly isSequence: boolean; braces: number }
  | { readonly kind: 'quoted' | 'bare' }
  | { readonly kind: 'heredoc'; readonly marker: string; isLineStart: boolean };

/** What cutting gives: the last token is the end. */
export interface Tokens {
  readonly tokens: readonly Token[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Cuts a file, or a text that is a template as a whole. */
export function tokenize(source: SourceText, start: 'code' | 'template'): Tokens {
  return new Lexer(source, start).run();
}

const long = ['...', '==', '!=', '>=', '<=', '&&', '||', '=>', '::'] as const;
const mayBeLong: ReadonlySet<string> = new Set('.=!><&|:');
const short: ReadonlySet<string> = new Set('{}[]()=.,:?!<>+-*/%');

class Lexer {
  readonly #source: SourceText;
  readonly #text: string;
  readonly #tokens: Token[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #modes: Mode[];
  #at = 0;
  /** Where the last line ends that has a message for a bad character. */
  #badLineEnd = 0;

  constructor(source: SourceText, start: 'code' | 'template') {
    this.#source = source;
    this.#text = source.text;
    this.#modes = [
      start === 'code' ? { kind: 'code', isSequence: false, braces: 0 } : { kind: 'bare' },
    ];
    if (start === 'code' && this.#text.charCodeAt(0) === 0xfeff) {
      this.#at = 1; // A byte order mark says nothing.
    }
  }

  run(): Tokens {
    while (this.#at < this.#text.length) {
      const mode = this.#modes.at(-1);
      if (mode === undefined) {
        throw new Error('the lexer left its outermost mode'); // The outermost mode is never popped.
      }
      if (mode.kind === 'code') {
        this.#code(mode);
      } else {
        this.#template(mode);
      }
    }
    this.#push('end', this.#at);
    return { tokens: this.#tokens, diagnostics: this.#diagnostics };
  }

  #push(kind: TokenKind, end: number): void {
    this.#tokens.push({ kind, start: this.#at, end });
    this.#at = end;
  }

  #code(mode: Mode & { kind: 'code' }): void {
    const text = this.#text;
    const at = this.#at;
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x09) {
      this.#at++;
    } else if (code === 0x0a) {
      this.#push('newline', at + 1);
    } else if (code === 0x0d && text.charCodeAt(at + 1) === 0x0a) {
      this.#push('newline', at + 2);
    } else if (code === 0x22) {
      this.#push('open-quote', at + 1);
      this.#modes.push({ kind: 'quoted' });
    } else if (code === 0x23 || (code === 0x2f && text.charCodeAt(at + 1) === 0x2f)) {
      this.#lineComment();
    } else if (!this.#word(code) && !this.#blockComment(code) && !this.#heredoc(code)) {
      this.#punctuation(mode);
    }
  }

  /** A comment to the end of its line stands for the new line, too. */
  #lineComment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    if (end === -1) {
      this.#at = this.#text.length;
    } else {
      this.#push('newline', end + 1);
    }
  }

  #blockComment(code: number): boolean {
    if (code !== 0x2f || !this.#text.startsWith('/*', this.#at)) {
      return false;
    }
    const end = this.#text.indexOf('*/', this.#at + 2);
    if (end === -1) {
      const range = this.#source.range(this.#at, this.#at + 2);
      const summary = 'the comment has no end';
      this.#diagnostics.push({ severity: 'error', summary, detail: 'Close it by */.', range });
      this.#push('bad', this.#text.length);
    } else {
      this.#at = end + 2;
    }
    return true;
  }

  #word(code: number): boolean {
    const isNumber = isDigit(code);
    const end = isNumber ? numberEnd(this.#text, this.#at) : identifierEnd(this.#text, this.#at);
    if (end === this.#at) {
      return false;
    }
    this.#push(isNumber ? 'number' : 'identifier', end);
    return true;
  }

  #heredoc(code: number): boolean {
    const start = code === 0x3c ? heredocStart(this.#text, this.#at) : undefined;
    if (start === undefined) {
      return false;
    }
    this.#push('open-heredoc', start.end);
    this.#modes.push({ kind: 'heredoc', marker: start.marker, isLineStart: true });
    return true;
  }

  #punctuation(mode: Mode & { kind: 'code' }): void {
    const text = this.#text;
    const at = this.#at;
    const character = text.charAt(at);
    if (mode.isSequence && mode.braces === 0 && (character === '}' || text.startsWith('~}', at))) {
      this.#modes.pop();
      this.#push('close-sequence', character === '}' ? at + 1 : at + 2);
      return;
    }
    const found = (mayBeLong.has(character) ? longAt(text, at) : undefined) ?? character;
    if (!isPunctuation(found)) {
      this.#bad();
      return;
    }
    if (found === '{') {
      mode.braces++;
    } else if (found === '}' && mode.braces > 0) {
      mode.braces--;
    }
    this.#push(found, at + found.length);
  }

  #bad(): void {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    const end = this.#at + character.length;
    // One message for each line: a whole file may be no HCL at all.
    if (this.#at >= this.#badLineEnd) {
      const range = this.#source.range(this.#at, end);
      this.#diagnostics.push({ severity: 'error', ...badCharacter(character), range });
      const lineEnd = this.#text.indexOf('\n', this.#at);
      this.#badLineEnd = lineEnd === -1 ? this.#text.length : lineEnd;
    }
    this.#push('bad', end);
  }

  #template(mode: Exclude<Mode, { kind: 'code' }>): void {
    const text = this.#text;
    if (mode.kind === 'heredoc' && mode.isLineStart) {
      const end = heredocEnd(text, this.#at, mode.marker);
      if (end !== undefined) {
        this.#modes.pop();
        this.#push('close-heredoc', end);
        return;
      }
    }
    const end = textEnd(text, this.#at, mode.kind);
    if (mode.kind === 'heredoc') {
      mode.isLineStart = text.charCodeAt(end - 1) === 0x0a && end > this.#at;
    }
    if (end > this.#at) {
      this.#push('text', end);
      return;
    }
    const code = text.charCodeAt(end);
    if (code === 0x22) {
      this.#modes.pop();
      this.#push('close-quote', end + 1);
    } else if (code === 0x0a || code === 0x0d) {
      this.#brokenText();
    } else {
      const open = text.charCodeAt(end + 2) === 0x7e ? end + 3 : end + 2;
      this.#push(code === 0x24 ? 'open-interpolation' : 'open-directive', open);
      this.#modes.push({ kind: 'code', isSequence: true, braces: 0 });
    }
  }

  /** The line ends inside of quotes: most likely the closing quote is missing, so that all quotes of the line end here. */
  #brokenText(): void {
    this.#diagnostics.push({
      severity: 'error',
      summary: 'the text is not closed on its line',
      detail: 'Close it by ". For several lines write \\n, or use a heredoc: <<EOT.',
      range: this.#source.range(this.#at, this.#at + 1),
    });
    this.#push('broken-text', this.#at);
    while (this.#modes.length > 1) {
      const popped = this.#modes.pop();
      const below = this.#modes.at(-1);
      if (popped?.kind === 'quoted' && (below?.kind !== 'code' || !below.isSequence)) {
        break;
      }
      if (below?.kind === 'heredoc' || below?.kind === 'bare') {
        break;
      }
    }
  }
}

function longAt(text: string, at: number): Punctuation | undefined {
  return long.find((operator) => text.startsWith(operator, at));
}

function isPunctuation(text: string): text is Punctuation {
  return text.length > 1 || short.has(text);
}

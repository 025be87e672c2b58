/** The words that the lexer makes of a file. Types, and how tokens are called in messages. */

/** Every kind of token. Operators and brackets are called by their text. */
export type TokenKind =
  | 'newline'
  | 'identifier'
  | 'number'
  | 'open-quote'
  | 'close-quote'
  | 'open-heredoc'
  | 'close-heredoc'
  | 'text'
  | 'open-interpolation'
  | 'open-directive'
  | 'close-sequence'
  | 'broken-text'
  | 'bad'
  | 'end'
  | Punctuation;

/** What stands for itself. */
export type Punctuation =
  | '...'
  | '=='
  | '!='
  | '>='
  | '<='
  | '&&'
  | '||'
  | '=>'
  | '::'
  | '{'
  | '}'
  | '['
  | ']'
  | '('
  | ')'
  | '='
  | '.'
  | ','
  | ':'
  | '?'
  | '!'
  | '<'
  | '>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

/** A token; `start` and `end` are offsets. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

const names: Partial<Readonly<Record<TokenKind, string>>> = {
  newline: 'the end of the line',
  'open-quote': 'a text in quotes',
  'close-quote': 'the end of a text in quotes',
  'open-heredoc': 'a heredoc',
  'close-heredoc': 'the end of the heredoc',
  text: 'text',
  'open-interpolation': '"${"',
  'open-directive': '"%{"',
  'close-sequence': '"}" of the template',
  'broken-text': 'the end of the line inside of a text',
  end: 'the end of the file',
};

/** Says what a token is: `"="`, `the end of the line`. */
export function describeToken(token: Token, source: string): string {
  const name = names[token.kind];
  return name ?? JSON.stringify(source.slice(token.start, Math.min(token.end, token.start + 40)));
}

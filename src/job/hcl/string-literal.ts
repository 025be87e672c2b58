/** Escapes in texts. Pure. */
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

const plainEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
};

const escapes = /\\(u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8}|.?)|\$\$\{|%%\{/gsu;

/** The text that a token in quotes stands for. */
export function decodeQuoted(stream: TokenStream, token: Token): string {
  const raw = stream.text(token);
  if (!raw.includes('\\')) {
    return decodeBare(raw);
  }
  return raw.replace(escapes, (written: string, selector: string | undefined, at: number) => {
    if (selector === undefined) {
      return written.slice(1);
    }
    const plain = plainEscapes[selector];
    if (plain !== undefined) {
      return plain;
    }
    const problem = /^[uU]/.test(selector) ? undefined : `"\\${selector}" is no escape`;
    const character = problem === undefined ? codePoint(selector) : undefined;
    if (character === undefined) {
      const start = token.start + at;
      stream.report(
        stream.source.range(start, start + written.length),
        problem ?? `"${written}" is no character`,
        'Allowed are \\n, \\r, \\t, \\", \\\\, \\uXXXX and \\UXXXXXXXX. A backslash itself is \\\\.',
      );
    }
    return character ?? '';
  });
}

/** The text that a token of a heredoc or a bare template stands for. */
export function decodeBare(raw: string): string {
  return raw.includes('{') ? raw.replace(/\$\$\{|%%\{/g, (written) => written.slice(1)) : raw;
}

function codePoint(selector: string): string | undefined {
  const isWhole = selector.length === (selector.startsWith('u') ? 5 : 9);
  const code = Number.parseInt(selector.slice(1), 16);
  const isCharacter = isWhole && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}

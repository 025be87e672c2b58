/** What characters are to HCL. Pure. */

import { isPlainText } from './graphemes.ts';

const identifier = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
/** What cannot be meant otherwise is one number, also when it is none: 1.2.3. */
const number = /\d+(?:\.\d+|\.?[eE][+-]?\d+){0,9}/y;
const heredoc = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;

/** Where the identifier that starts at `at` ends; `at` when there is none. */
export function identifierEnd(text: string, at: number): number {
  let end = at;
  let code = text.charCodeAt(end);
  if (!isAsciiLetter(code) && code < 0x80) {
    return at;
  }
  while (isAsciiLetter(code) || code === 0x2d || isDigit(code)) {
    end++;
    code = text.charCodeAt(end);
  }
  if (code < 0x80 || Number.isNaN(code)) {
    return end;
  }
  // Only names with other letters need all that Unicode knows of them.
  identifier.lastIndex = at;
  return identifier.test(text) ? identifier.lastIndex : at;
}

/** Letters and the underscore. */
function isAsciiLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

/** Digits of ASCII. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Where the number that starts at `at` ends; `at` when there is none. */
export function numberEnd(text: string, at: number): number {
  number.lastIndex = at;
  return number.test(text) ? number.lastIndex : at;
}

/** The start of a heredoc. */
export interface HeredocStart {
  readonly marker: string;
  /** Where the first line of its text starts. */
  readonly end: number;
}

/** The heredoc that starts at `at`. */
export function heredocStart(text: string, at: number): HeredocStart | undefined {
  heredoc.lastIndex = at;
  const marker = heredoc.exec(text)?.[2];
  return marker === undefined ? undefined : { marker, end: heredoc.lastIndex };
}

/** White space, as `~` and the dedent of `<<-` mean it. */
export function isSpace(code: number): boolean {
  return (
    code === 0x20 ||
    (code >= 0x09 && code <= 0x0d) ||
    (code > 0x7f && /[\u0085\u00a0\p{Zs}\u2028\u2029]/u.test(String.fromCharCode(code)))
  );
}

/** How many code units of white space a text starts with. */
export function leadingSpace(text: string): number {
  let at = 0;
  while (at < text.length && isSpace(text.charCodeAt(at))) {
    at++;
  }
  return at;
}

/** A text as HCL keeps it: letters and their accents are one code point wherever Unicode has one (NFC). */
export function normalized(text: string): string {
  return isPlainText(text) ? text : text.normalize('NFC');
}

/** The text without white space at its end. */
export function withoutTrailingSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) {
    end--;
  }
  return text.slice(0, end);
}

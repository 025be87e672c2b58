/** Finds the ends of the texts of templates. Pure. */
import { isSpace } from './characters.ts';

/**
 * Where a piece of text ends that starts at `at`: before `${`, `%{`, a closing quote, the end of a line in quotes; behind the
 * end of a line in a heredoc.
 */
export function textEnd(text: string, at: number, kind: 'quoted' | 'heredoc' | 'bare'): number {
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === 0x24 || code === 0x25) {
      const step = sequenceAt(text, end, code);
      if (step === 0) {
        return end;
      }
      end += step;
    } else if (kind === 'quoted') {
      if (code === 0x22 || code === 0x0a || (code === 0x0d && text.charCodeAt(end + 1) === 0x0a)) {
        return end;
      }
      end += code === 0x5c && isEscapable(text.charCodeAt(end + 1)) ? 2 : 1;
    } else {
      end++;
      if (code === 0x0a && kind === 'heredoc') {
        return end;
      }
    }
  }
  return Math.min(end, text.length);
}

/** How many characters are text at a `$` or `%`: none before `{`, three for the escape `$${`. */
function sequenceAt(text: string, at: number, code: number): number {
  const next = text.charCodeAt(at + 1);
  if (next === 0x7b) {
    return 0;
  }
  return next === code && text.charCodeAt(at + 2) === 0x7b ? 3 : 1;
}

function isEscapable(code: number): boolean {
  return code !== 0x0a && code !== 0x0d && !Number.isNaN(code);
}

/** Where the closing marker ends, when the line at `at` is one: with white space around it, and a line end behind it. */
export function heredocEnd(text: string, at: number, marker: string): number | undefined {
  let start = at;
  while (text.charCodeAt(start) !== 0x0a && isSpace(text.charCodeAt(start))) {
    start++;
  }
  if (!text.startsWith(marker, start)) {
    return undefined;
  }
  let end = start + marker.length;
  while (text.charCodeAt(end) !== 0x0a && isSpace(text.charCodeAt(end))) {
    end++;
  }
  if (text.charCodeAt(end) !== 0x0a) {
    return undefined;
  }
  return text.charCodeAt(end - 1) === 0x0d ? end - 1 : end;
}

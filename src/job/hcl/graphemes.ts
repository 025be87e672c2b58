/** Characters as people count them. Pure. */

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The segmenter takes a time that grows with the square of the text: it gets no more at once. */
const maxAtOnce = 512;

/** Where the characters of a text start. */
export function graphemeStarts(text: string): number[] {
  const starts: number[] = [];
  for (let from = 0; from < text.length; ) {
    const to = cutAfter(text, from);
    for (const { index } of segmenter.segment(text.slice(from, to))) {
      starts.push(from + index);
    }
    from = to;
  }
  return starts;
}

/** The characters of a text. */
export function graphemesOf(text: string): string[] {
  const starts = graphemeStarts(text);
  return starts.map((start, index) => text.slice(start, starts[index + 1]));
}

/** Whether each code unit is a character: below U+0300 nothing combines, but for line ends. */
export function isPlainText(text: string): boolean {
  return !/[\u0300-\uffff]/.test(text);
}

/** The end of the next part: before a character of ASCII, which combines with nothing before it. */
function cutAfter(text: string, from: number): number {
  const end = from + maxAtOnce;
  if (end >= text.length) {
    return text.length;
  }
  for (let at = end; at > from; at--) {
    const code = text.charCodeAt(at);
    if (code >= 0x20 && code < 0x7f) {
      return at;
    }
  }
  const isSecondHalf = (text.charCodeAt(end) & 0xfc00) === 0xdc00;
  return isSecondHalf ? end - 1 : end;
}

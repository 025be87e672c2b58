// Pure: text in lines of a width.

/** Breaks between words; a word that is longer than the width has a line of its own. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd());
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The first line behind `first`, the others below it. */
export function hangingText(first: string, text: string, width: number): string {
  const [head = '', ...rest] = wrapText(text, width - first.length);
  const blank = ' '.repeat(first.length);
  return [`${first}${head}`, ...rest.map((line) => `${blank}${line}`)].join('\n');
}

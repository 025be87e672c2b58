/** What to say about characters that HCL has no use for. Pure. */

const advice: Readonly<Record<string, string>> = {
  "'": 'Write texts in double quotes: "…".',
  '`': 'Write texts in double quotes, and texts of several lines as a heredoc: <<EOT.',
  ';': 'A new line ends an argument, and a comma stands between the items of a list.',
  '&': 'There are no operators on bits. Did you mean "&&"?',
  '|': 'There are no operators on bits. Did you mean "||"?',
  '^': 'There are no operators on bits.',
  '~': 'There are no operators on bits. Did you mean "!"?',
  '“': 'Write texts in straight double quotes: "…".',
  '”': 'Write texts in straight double quotes: "…".',
  '„': 'Write texts in straight double quotes: "…".',
  '\r': 'This is a carriage return without a line feed.',
  '\u00a0': 'This is a space that does not break; write a plain one.',
};

/** The summary and the detail for a character. */
export function badCharacter(character: string): { summary: string; detail: string } {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const isVisible = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character);
  return {
    summary: `unexpected character ${isVisible ? character : `U+${code}`}`,
    detail: advice[character] ?? 'It has no meaning outside of texts and comments.',
  };
}

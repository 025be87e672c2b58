/** Files with one edit each: what a slip of the fingers makes of a file. */

/** Numbers from 0 to 1 that are the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const pieces = [
  ...'"{}[]()=,.:?!<>+-*/%$#~&|^;\'`@\\ \n\tabé5_é',
  '${',
  '%{',
  '$${',
  '"${',
  '}"',
  '==',
  '=>',
  '...',
  '::',
  '//',
  '/*',
  '*/',
  '<<EOT\n',
  '<<-X\n',
  'EOT\n',
  ' = ',
  ' {}',
  '\r\n',
  'for',
  ' if ',
  ' in ',
  'null',
  'true',
  '[*]',
  '.*',
  '\\n',
  '\\u00e9',
  '\\q',
  '~}',
  '%{ if x }',
  '%{ endif }',
  '%{ endfor }',
  '%{ for x in y }',
  '-',
  '1e5',
  '0.5',
  '世',
];

/** The file with one edit. Whole characters are edited, so that the result is text. */
export function mutate(source: string, random: () => number): string {
  const pick = (count: number): number => Math.floor(random() * count);
  const characters = [...source];
  const at = pick(characters.length);
  const piece = pieces[pick(pieces.length)] ?? '';
  const lines = source.split('\n');
  const line = pick(lines.length);
  switch (pick(9)) {
    case 0:
    case 1:
      return characters.toSpliced(at, 1).join('');
    case 2:
    case 3:
      return characters.toSpliced(at, 0, piece).join('');
    case 4:
      return characters.toSpliced(at, 1, piece).join('');
    case 5:
      return characters.toSpliced(at, 1 + pick(12)).join('');
    case 6:
      return lines.toSpliced(line, 1).join('\n');
    case 7:
      return lines.toSpliced(line, 0, lines[pick(lines.length)] ?? '').join('\n');
    default: {
      const pair = [characters[at + 1] ?? '', characters[at] ?? ''];
      return characters.toSpliced(at, 2, ...pair).join('');
    }
  }
}

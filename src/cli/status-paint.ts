// Pure: the colours of states, for who looks at many at a time.

import { styleText } from 'node:util';

/** A state, as a terminal is to show it. */
export type Paint = (state: string) => string;

export const plain: Paint = (state) => state;

const colours: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  running: 'green',
  complete: 'dim',
  dead: 'dim',
  pending: 'yellow',
  failed: 'red',
  lost: 'red',
  unknown: 'red',
};

// Whether there are colours is decided by who asks, not by this process's own output.
const always = { validateStream: false } as const;

/** By the first word: `dead (stopped)`. */
export const coloured: Paint = (state) => {
  const colour = colours[/^\w+/.exec(state)?.[0] ?? ''];
  return colour === undefined ? state : styleText(colour, state, always);
};

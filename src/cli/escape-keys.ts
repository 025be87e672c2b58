// Pure: finds the keys by which a person leaves a session in what is typed: the escape character at the beginning of a line, and a dot.

import { InvalidArgumentError } from '@commander-js/extra-typings';

const dot = 0x2e;
const lineEnds: readonly number[] = [0x0a, 0x0d];

/** Undefined for `none`. */
export function parseEscape(text: string): string | undefined {
  if (text === 'none') return undefined;
  if (!/^[!-~]$/.test(text))
    throw new InvalidArgumentError('It must be one ASCII character, or none.');
  return text;
}

export class EscapeKeys {
  readonly #escape: number;
  #state: 'lineBegins' | 'escaped' | 'inLine' = 'lineBegins';

  /** @param escapeChar one ASCII character */
  constructor(escapeChar: string) {
    this.#escape = escapeChar.charCodeAt(0);
  }

  /** @returns what is to be passed on of it, and whether the person leaves: what comes behind the keys is dropped then */
  take(typed: Buffer): { readonly data: Buffer; readonly isLeaving: boolean } {
    const passed: number[] = [];
    for (const byte of typed) {
      if (this.#state === 'lineBegins' && byte === this.#escape) {
        // Held back until the next key tells what it was for.
        this.#state = 'escaped';
        continue;
      }
      if (this.#state === 'escaped') {
        if (byte === dot) return { data: Buffer.from(passed), isLeaving: true };
        passed.push(this.#escape);
        this.#state = 'inLine';
        if (byte === this.#escape) continue;
      }
      passed.push(byte);
      this.#state = lineEnds.includes(byte) ? 'lineBegins' : 'inLine';
    }
    return { data: Buffer.from(passed), isLeaving: false };
  }
}

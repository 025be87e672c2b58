// Pure: a filter expression as Nomad's lists take it, from text to a tree.
//
//   or     = and { "or" and }
//   and    = not { "and" not }
//   not    = [ "not" ] ( "(" or ")" | match )
//   match  = value [ "not" ] "in" selector
//          | selector ( "==" | "!=" | [ "not" ] ( "contains" | "matches" ) ) value
//          | selector "is" [ "not" ] "empty"

import { RE2JS } from 're2js';
import { FilterError, type FilterToken, readTokens } from './filter-tokens.ts';

export interface Selector {
  /** At least one name. */
  readonly path: readonly string[];
  readonly at: number;
}

/** Of the same language as in Nomad, and linear in time: an expression that JavaScript never ends would hold the whole agent. */
export type Pattern = Pick<RE2JS, 'test'>;

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly inner: Filter }
  | { readonly kind: 'equal' | 'contains'; readonly selector: Selector; readonly value: string }
  | { readonly kind: 'matches'; readonly selector: Selector; readonly pattern: Pattern }
  | { readonly kind: 'empty'; readonly selector: Selector };

/** Deeper than anybody writes by hand; a stack has an end. */
const mostLevels = 100;
const mostCharacters = 10_000;

/** @throws FilterError */
export function parseFilter(source: string): Filter {
  if (source.length > mostCharacters)
    throw new FilterError(mostCharacters, `it is longer than ${mostCharacters} characters`);
  const reader = new Reader(readTokens(source));
  const filter = reader.or(0);
  reader.expectEnd();
  return filter;
}

class Reader {
  readonly #tokens: readonly FilterToken[];
  #next = 0;

  constructor(tokens: readonly FilterToken[]) {
    this.#tokens = tokens;
  }

  or(level: number): Filter {
    let left = this.#and(level);
    while (this.#takeWord('or')) left = { kind: 'or', left, right: this.#and(level) };
    return left;
  }

  expectEnd(): void {
    const token = this.#peek();
    if (token.kind !== 'end') throw unexpected(token, '"and", "or" or the end');
  }

  #and(level: number): Filter {
    let left = this.#not(level);
    while (this.#takeWord('and')) left = { kind: 'and', left, right: this.#not(level) };
    return left;
  }

  #not(level: number): Filter {
    const { at } = this.#peek();
    if (level > mostLevels) throw new FilterError(at, `it has more than ${mostLevels} levels`);
    if (this.#takeWord('not')) return { kind: 'not', inner: this.#not(level + 1) };
    if (!this.#takeSign('(')) return this.#match();
    const inner = this.or(level + 1);
    if (!this.#takeSign(')')) throw unexpected(this.#peek(), '")"');
    return inner;
  }

  #match(): Filter {
    const first = this.#peek();
    const following = this.#tokens[this.#next + 1];
    if (first.kind === 'text' || isWord(following, 'in') || this.#isNotIn()) {
      const value = this.#value();
      const isNot = this.#takeWord('not');
      if (!this.#takeWord('in')) throw unexpected(this.#peek(), '"in" or "not in"');
      return unless(isNot, { kind: 'contains', selector: this.#selector(), value });
    }
    const selector = this.#selector();
    if (this.#takeSign('==')) return { kind: 'equal', selector, value: this.#value() };
    if (this.#takeSign('!='))
      return unless(true, { kind: 'equal', selector, value: this.#value() });
    if (this.#takeWord('is')) {
      const isNot = this.#takeWord('not');
      if (!this.#takeWord('empty')) throw unexpected(this.#peek(), '"empty"');
      return unless(isNot, { kind: 'empty', selector });
    }
    const isNot = this.#takeWord('not');
    if (this.#takeWord('contains'))
      return unless(isNot, { kind: 'contains', selector, value: this.#value() });
    if (this.#takeWord('matches'))
      return unless(isNot, { kind: 'matches', selector, pattern: this.#pattern() });
    const wanted = '"==", "!=", "contains", "matches", "in" or "is empty", with "not" or without';
    throw unexpected(this.#peek(), wanted);
  }

  #isNotIn(): boolean {
    return (
      isWord(this.#tokens[this.#next + 1], 'not') && isWord(this.#tokens[this.#next + 2], 'in')
    );
  }

  #selector(): Selector {
    const { at } = this.#peek();
    const path = [this.#name()];
    for (;;) {
      if (this.#takeSign('.')) path.push(this.#name());
      else if (this.#takeSign('[')) {
        path.push(this.#value());
        if (!this.#takeSign(']')) throw unexpected(this.#peek(), '"]"');
      } else return { path, at };
    }
  }

  #name(): string {
    const token = this.#take();
    if (token.kind !== 'word') throw unexpected(token, 'the name of a field');
    return token.text;
  }

  #value(): string {
    const token = this.#take();
    if (token.kind !== 'word' && token.kind !== 'text') throw unexpected(token, 'a value');
    return token.text;
  }

  #pattern(): Pattern {
    const { at } = this.#peek();
    const text = this.#value();
    try {
      return RE2JS.compile(text);
    } catch {
      throw new FilterError(at, `${JSON.stringify(text)} is no regular expression`);
    }
  }

  #peek(): FilterToken {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1);
    if (token === undefined) throw new FilterError(0, 'there is nothing');
    return token;
  }

  #take(): FilterToken {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #takeWord(text: string): boolean {
    if (!isWord(this.#peek(), text)) return false;
    this.#next += 1;
    return true;
  }

  #takeSign(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'sign' || token.text !== text) return false;
    this.#next += 1;
    return true;
  }
}

function isWord(token: FilterToken | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text;
}

function unless(isNot: boolean, inner: Filter): Filter {
  return isNot ? { kind: 'not', inner } : inner;
}

function unexpected(token: FilterToken, wanted: string): FilterError {
  const what = token.kind === 'end' ? 'it ends here' : `${JSON.stringify(token.text)} stands here`;
  return new FilterError(token.at, `${what}, and ${wanted} is wanted`);
}

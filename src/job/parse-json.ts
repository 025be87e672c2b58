/**
 * JSON with the place of every value, for jobs as the API has them. Pure.
 *
 * `JSON.parse` gives no places; the parser of HCL's JSON syntax reads texts as templates, which the API's JSON has none of.
 */
import type { LocatedValue } from './block-builder.ts';
import { SourceText } from './hcl/source-text.ts';
import type { Range } from './hcl/syntax.ts';
import type { JobValue } from './job-model.ts';
import { pointer } from './raw-block.ts';

/** What reading gives: the value, or the first problem. */
export type ParsedJson =
  | ({ readonly ok: true } & JsonDocument)
  | { readonly ok: false; readonly problem: string; readonly range: Range };

/** A document, with the place of each value and of each name in it. */
export interface JsonDocument {
  readonly located: LocatedValue;
  /** By JSON pointer of the value that the name stands before. */
  readonly nameRanges: ReadonlyMap<string, Range>;
}

/** Deeper files are refused: the parser goes one call deeper for each level. */
const maxDepth = 200;

/** Reads a JSON text. */
export function parseJson(source: string, filename: string): ParsedJson {
  const parser = new JsonParser(source, filename);
  try {
    return { ok: true, ...parser.document() };
  } catch (error) {
    if (error instanceof JsonProblem) {
      return { ok: false, problem: error.message, range: error.range };
    }
    throw error;
  }
}

/** Leaves the parser from any depth; never seen outside. */
class JsonProblem extends Error {
  readonly range: Range;

  constructor(message: string, range: Range) {
    super(message);
    this.range = range;
  }
}

const blank = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none in a text.
const plainText = /[^"\\\u0000-\u001f]*/y;
const numeral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z]+/y;
const hexDigits = /[0-9a-fA-F]{4}/y;

const words: ReadonlyMap<string, JobValue> = new Map<string, JobValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class JsonParser {
  readonly #source: string;
  readonly #text: SourceText;
  readonly #ranges = new Map<string, Range>();
  readonly #nameRanges = new Map<string, Range>();
  #offset: number;

  constructor(source: string, filename: string) {
    this.#source = source;
    this.#text = new SourceText(source, filename);
    this.#offset = source.startsWith('\ufeff') ? 1 : 0;
  }

  document(): JsonDocument {
    const value = this.#value([]);
    this.#skipBlank();
    if (this.#offset < this.#source.length) {
      this.#fail('the file must end after its value');
    }
    const located = { value, range: this.#ranges.get(''), ranges: this.#ranges };
    return { located, nameRanges: this.#nameRanges };
  }

  #value(path: readonly (string | number)[]): JobValue {
    this.#skipBlank();
    const start = this.#offset;
    const value = this.#anyValue(path);
    this.#ranges.set(pointer(path), this.#rangeFrom(start));
    return value;
  }

  #anyValue(path: readonly (string | number)[]): JobValue {
    if (path.length > maxDepth) {
      this.#fail(`values must not be nested deeper than ${maxDepth} levels`);
    }
    switch (this.#source[this.#offset]) {
      case '{':
        return this.#object(path);
      case '[':
        return this.#list(path);
      case '"':
        return this.#readText();
      default:
        return this.#scalar();
    }
  }

  #object(path: readonly (string | number)[]): JobValue {
    const members: [string, JobValue][] = [];
    this.#offset += 1;
    while (!this.#skip('}')) {
      if (members.length > 0 && !this.#skip(',')) {
        this.#fail('"," or "}" is expected here');
      }
      this.#skipBlank();
      if (this.#source[this.#offset] !== '"') {
        this.#fail('a name in double quotes is expected here');
      }
      const start = this.#offset;
      const name = this.#readText();
      this.#nameRanges.set(pointer([...path, name]), this.#rangeFrom(start));
      if (!this.#skip(':')) {
        this.#fail('":" is expected here');
      }
      members.push([name, this.#value([...path, name])]);
    }
    return Object.fromEntries(members);
  }

  #list(path: readonly (string | number)[]): JobValue {
    const items: JobValue[] = [];
    this.#offset += 1;
    while (!this.#skip(']')) {
      if (items.length > 0 && !this.#skip(',')) {
        this.#fail('"," or "]" is expected here');
      }
      items.push(this.#value([...path, items.length]));
    }
    return items;
  }

  #readText(): string {
    this.#offset += 1;
    let text = '';
    for (;;) {
      text += this.#match(plainText);
      const next = this.#source[this.#offset];
      if (next === '"') {
        this.#offset += 1;
        return text;
      }
      if (next !== '\\') {
        this.#fail('the text does not end on its line');
      }
      text += this.#escape();
    }
  }

  #escape(): string {
    const letter = this.#source[this.#offset + 1] ?? '';
    const plain = escapes.get(letter);
    if (plain !== undefined) {
      this.#offset += 2;
      return plain;
    }
    this.#offset += 2;
    const digits = letter === 'u' ? this.#match(hexDigits) : '';
    if (digits === '') {
      this.#offset -= 2;
      this.#fail('this escape is unknown');
    }
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #scalar(): JobValue {
    const name = this.#match(word);
    const value = words.get(name);
    if (value !== undefined) {
      return value;
    }
    this.#offset -= name.length;
    const digits = name === '' ? this.#match(numeral) : '';
    if (digits === '') {
      this.#fail('a value is expected here');
    }
    return Number(digits);
  }

  #skip(character: string): boolean {
    this.#skipBlank();
    const isThere = this.#source[this.#offset] === character;
    this.#offset += isThere ? 1 : 0;
    return isThere;
  }

  #skipBlank(): void {
    this.#match(blank);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#source)?.[0] ?? '';
    this.#offset += found.length;
    return found;
  }

  #rangeFrom(start: number): Range {
    return this.#text.range(start, this.#offset);
  }

  #fail(message: string): never {
    const isAtEnd = this.#offset >= this.#source.length;
    const problem = isAtEnd ? `the file ends too early: ${message}` : message;
    throw new JsonProblem(problem, this.#rangeFrom(this.#offset));
  }
}

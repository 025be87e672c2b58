/**
 * JSON with the place of every value, for jobs as the API has them. Pure.
 *
 * `JSON.parse` gives no places; the parser of HCL's JSON syntax reads texts as templates, which the API's JSON has none of.
 */
import type { LocatedValue } from './block-builder.ts';
import type { Position, Range } from './hcl/syntax.ts';
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
  readonly #filename: string;
  readonly #ranges = new Map<string, Range>();
  readonly #nameRanges = new Map<string, Range>();
  #offset = 0;
  #line = 1;
  /** The column of a place on the current line that is behind us: a file may be one line of megabytes. */
  #knownOffset = 0;
  #knownColumn = 1;

  constructor(source: string, filename: string) {
    this.#source = source;
    this.#filename = filename;
    if (source.startsWith('\ufeff')) {
      this.#offset = 1;
      this.#knownOffset = 1;
    }
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
    const start = this.#position();
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
        return this.#text();
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
      const start = this.#position();
      const name = this.#text();
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

  #text(): string {
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
    const start = this.#offset;
    const text = this.#match(blank);
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      this.#line += 1;
      this.#knownOffset = start + at + 1;
      this.#knownColumn = 1;
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#source)?.[0] ?? '';
    this.#offset += found.length;
    return found;
  }

  #position(): Position {
    this.#knownColumn += [...this.#source.slice(this.#knownOffset, this.#offset)].length;
    this.#knownOffset = this.#offset;
    return { line: this.#line, column: this.#knownColumn, offset: this.#offset };
  }

  #rangeFrom(start: Position): Range {
    return { filename: this.#filename, start, end: this.#position() };
  }

  #fail(message: string): never {
    const start = this.#position();
    const isAtEnd = this.#offset >= this.#source.length;
    const problem = isAtEnd ? `the file ends too early: ${message}` : message;
    throw new JsonProblem(problem, { filename: this.#filename, start, end: start });
  }
}

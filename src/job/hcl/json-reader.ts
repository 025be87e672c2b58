/** Reads JSON into expressions of HCL, with the place of each. Pure. */
import { normalized } from './characters.ts';
import { parseNumber } from './number.ts';
import type { SourceText } from './source-text.ts';
import type { Diagnostic, Expression, ObjectItem } from './syntax.ts';
import { parseTemplate } from './template.ts';

/** How deep lists and objects may be nested: the reader calls itself for each level. */
const maxDepth = 200;

const space = /[ \t\r\n]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[\p{L}\p{N}_$.+-]+/uy;

/** Reads one file. The first error ends it. */
export class JsonReader {
  readonly #source: SourceText;
  readonly #diagnostics: Diagnostic[];
  readonly #texts: 'templates' | 'plain';
  #at = 0;
  #depth = 0;

  constructor(
    source: SourceText,
    diagnostics: Diagnostic[],
    texts: 'templates' | 'plain' = 'templates',
  ) {
    this.#texts = texts;
    this.#source = source;
    this.#diagnostics = diagnostics;
  }

  /** The value of the file; undefined when it cannot be read. */
  readFile(): Expression | undefined {
    const value = this.#value();
    this.#match(space);
    return value !== undefined && this.#at < this.#source.text.length
      ? this.#fail('expected the end of the file')
      : value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fail(summary: string, start: number = this.#at): undefined {
    const { text: all } = this.#source;
    const read = start < all.length ? JSON.stringify(all.charAt(start)) : 'the end of the file';
    const range = this.#source.range(start, Math.min(start + 1, all.length));
    this.#diagnostics.push({ severity: 'error', summary: `${summary}, and read ${read}`, range });
    return undefined;
  }

  #value(): Expression | undefined {
    this.#match(space);
    const start = this.#at;
    switch (this.#source.text.charAt(start)) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#list());
      case '"':
        return this.#text();
      default:
        return this.#number() ?? this.#word();
    }
  }

  #nested(read: () => Expression | undefined): Expression | undefined {
    if (this.#depth >= maxDepth) {
      return this.#fail(`nested more than ${maxDepth} levels deep`);
    }
    this.#depth++;
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): Expression | undefined {
    const start = this.#at;
    const items: ObjectItem[] = [];
    const isRead = this.#items('}', () => {
      const key = this.#source.text.charAt(this.#at) === '"' ? this.#text() : undefined;
      if (key === undefined) {
        this.#fail('expected a name in double quotes');
        return false;
      }
      this.#match(space);
      if (this.#source.text.charAt(this.#at) !== ':') {
        this.#fail('expected ":" behind the name');
        return false;
      }
      this.#at++;
      const value = this.#value();
      if (value !== undefined) {
        items.push({ key, value });
      }
      return value !== undefined;
    });
    return isRead ? { kind: 'object', items, range: this.#range(start) } : undefined;
  }

  #list(): Expression | undefined {
    const start = this.#at;
    const items: Expression[] = [];
    const isRead = this.#items(']', () => {
      const value = this.#value();
      if (value !== undefined) {
        items.push(value);
      }
      return value !== undefined;
    });
    return isRead ? { kind: 'tuple', items, range: this.#range(start) } : undefined;
  }

  /** Reads items with commas between them, up to `close`. */
  #items(close: string, readItem: () => boolean): boolean {
    const { text: all } = this.#source;
    this.#at++;
    this.#match(space);
    if (all.charAt(this.#at) === close) {
      this.#at++;
      return true;
    }
    for (;;) {
      this.#match(space);
      if (!readItem()) {
        return false;
      }
      this.#match(space);
      const next = all.charAt(this.#at);
      if (next !== ',' && next !== close) {
        this.#fail(`expected "," or "${close}"`);
        return false;
      }
      this.#at++;
      if (next === close) {
        return true;
      }
    }
  }

  #text(): Expression | undefined {
    const start = this.#at;
    const value = parseText(this.#source.text, start);
    if (value === undefined) {
      return this.#fail('expected a text that JSON knows, on one line', start);
    }
    this.#at = textEnd(this.#source.text, start);
    const range = this.#range(start);
    if (this.#texts === 'plain' || !/[$%]\{/.test(value)) {
      return { kind: 'literal', value: normalized(value), range };
    }
    const inside = { ...range.start, column: range.start.column + 1, offset: start + 1 };
    const { expression, diagnostics } = parseTemplate(value, range.filename, inside);
    this.#diagnostics.push(...diagnostics);
    return { ...expression, range };
  }

  #number(): Expression | undefined {
    const start = this.#at;
    const written = this.#match(number);
    if (written === undefined) {
      return undefined;
    }
    const value = parseNumber(written);
    return value === undefined
      ? this.#fail('the number is too large', start)
      : { kind: 'literal', value, range: this.#range(start) };
  }

  #word(): Expression | undefined {
    const start = this.#at;
    const written = this.#match(word);
    if (written === 'null' || written === 'true' || written === 'false') {
      const value = written === 'null' ? null : written === 'true';
      return { kind: 'literal', value, range: this.#range(start) };
    }
    return this.#fail('expected a value', start);
  }

  #range(start: number): Expression['range'] {
    return this.#source.range(start, this.#at);
  }
}

/** The text that starts at a quote; undefined when it is none. */
function parseText(all: string, start: number): string | undefined {
  try {
    const value: unknown = JSON.parse(all.slice(start, textEnd(all, start)));
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    return undefined;
  }
}

/** Behind the quote that closes a text, or the end of all. A pattern would overflow the stack for a long text. */
function textEnd(all: string, start: number): number {
  for (let at = start + 1; at < all.length; at++) {
    const code = all.charCodeAt(at);
    if (code === 0x22) {
      return at + 1;
    }
    at += code === 0x5c ? 1 : 0;
  }
  return all.length;
}

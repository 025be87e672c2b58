/** The types that a `variable` block may name: `string`, `list(number)`, `object({ port = number })`, … Pure. */

/** A type of a variable. */
export type VariableType =
  | { readonly kind: 'any' | 'string' | 'number' | 'bool' }
  | { readonly kind: 'list' | 'set' | 'map'; readonly item: VariableType }
  | { readonly kind: 'tuple'; readonly items: readonly VariableType[] }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, ObjectField> };

/** One attribute of an object type. */
export interface ObjectField {
  readonly type: VariableType;
  readonly isOptional: boolean;
}

/** What reading a type gives. */
export type ParsedType =
  | { readonly ok: true; readonly type: VariableType }
  | { readonly ok: false; readonly problem: string };

/** The forms that messages name. */
export const typeForms =
  'string, number, bool, any, list(…), set(…), map(…), object({…}), tuple([…])';

/** Deeper types are refused: no file needs them, and reading goes one call deeper for each level. */
const maxDepth = 50;

/** Reads a type from its text, as it stands in the file. */
export function parseVariableType(text: string): ParsedType {
  const tokens = text.match(/[A-Za-z_][\w-]*|"[^"]*"|[^\s]/g) ?? [];
  const reader = new TypeReader(tokens);
  const type = reader.type(0);
  if (type === undefined || !reader.isAtEnd) {
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    return { ok: false, problem: `must be one of ${typeForms}, and is ${shown}` };
  }
  return { ok: true, type };
}

/** Writes a type as it stands in a file. */
export function describeType(type: VariableType): string {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return `${type.kind}(${describeType(type.item)})`;
    case 'tuple':
      return `tuple([${type.items.map(describeType).join(', ')}])`;
    case 'object': {
      const fields = [...type.fields].map(([name, { type: fieldType, isOptional }]) => {
        const inner = describeType(fieldType);
        return `${name} = ${isOptional ? `optional(${inner})` : inner}`;
      });
      return fields.length === 0 ? 'object({})' : `object({ ${fields.join(', ')} })`;
    }
    default:
      return type.kind;
  }
}

/** Each method gives undefined for what is no type. */
class TypeReader {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#next === this.#tokens.length;
  }

  type(depth: number): VariableType | undefined {
    const kind = this.#take();
    if (depth > maxDepth) {
      return undefined;
    }
    switch (kind) {
      case 'any':
      case 'string':
      case 'number':
      case 'bool':
        return { kind };
      case 'list':
      case 'set':
      case 'map':
        return this.#collection(kind, depth);
      case 'tuple':
        return this.#tuple(depth);
      case 'object':
        return this.#object(depth);
      default:
        return undefined;
    }
  }

  #collection(kind: 'list' | 'set' | 'map', depth: number): VariableType | undefined {
    if (!this.#skip('(')) {
      return { kind, item: { kind: 'any' } }; // The old form without an item type.
    }
    const item = this.type(depth + 1);
    return item !== undefined && this.#skip(')') ? { kind, item } : undefined;
  }

  #tuple(depth: number): VariableType | undefined {
    if (!this.#skip('(') || !this.#skip('[')) {
      return undefined;
    }
    const items: VariableType[] = [];
    while (!this.#skip(']')) {
      const item = this.type(depth + 1);
      if (item === undefined) {
        return undefined;
      }
      items.push(item);
      this.#skip(',');
    }
    return this.#skip(')') ? { kind: 'tuple', items } : undefined;
  }

  #object(depth: number): VariableType | undefined {
    if (!this.#skip('(') || !this.#skip('{')) {
      return undefined;
    }
    const fields = new Map<string, ObjectField>();
    while (!this.#skip('}')) {
      const name = this.#take()?.replaceAll('"', '') ?? '';
      if (!/^[A-Za-z_]/.test(name) || !(this.#skip('=') || this.#skip(':'))) {
        return undefined;
      }
      const isOptional = this.#skip('optional');
      const isOpened = !isOptional || this.#skip('(');
      const type = this.type(depth + 1);
      if (type === undefined || !isOpened || (isOptional && !this.#skip(')'))) {
        return undefined;
      }
      fields.set(name, { type, isOptional });
      this.#skip(',');
    }
    return this.#skip(')') ? { kind: 'object', fields } : undefined;
  }

  #take(): string | undefined {
    const token = this.#tokens[this.#next];
    this.#next += token === undefined ? 0 : 1;
    return token;
  }

  #skip(token: string): boolean {
    const isThere = this.#tokens[this.#next] === token;
    this.#next += isThere ? 1 : 0;
    return isThere;
  }
}

/** What a file in HCL is made of: places, diagnostics, bodies, expressions. Types only. */
import type { Value } from './value.ts';

/** A place in a file. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters as people count them: a letter with its accents is one. */
  readonly column: number;
  /** Index into the text of the file, from 0. */
  readonly offset: number;
}

/** A part of a file; `end` is the place after its last character. */
export interface Range {
  readonly filename: string;
  readonly start: Position;
  readonly end: Position;
}

/** Something to tell about a file. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** One line, without a full stop. */
  readonly summary: string;
  /** What is allowed, or what to do. */
  readonly detail?: string;
  readonly range?: Range;
}

/** The content of a file or of a block. */
export interface Body {
  /** In the order of the file. In HCL's JSON syntax every property is here, until `bodyContent` is told which are blocks. */
  readonly attributes: readonly Attribute[];
  /** In the order of the file. */
  readonly blocks: readonly Block[];
  readonly range: Range;
  /** Present when the body was written in JSON, where only a schema tells blocks from attributes. */
  readonly isJson?: true;
}

/** `name = expression`. */
export interface Attribute {
  readonly name: string;
  readonly nameRange: Range;
  readonly expression: Expression;
  readonly range: Range;
}

/** `type "label" { body }`. */
export interface Block {
  readonly type: string;
  readonly typeRange: Range;
  readonly labels: readonly BlockLabel[];
  readonly body: Body;
  readonly range: Range;
}

/** A label of a block. */
export interface BlockLabel {
  readonly value: string;
  readonly range: Range;
}

/** Anything that has a value. */
export type Expression =
  | LiteralExpression
  | TemplateExpression
  | TraversalExpression
  | RelativeTraversalExpression
  | IndexExpression
  | SplatExpression
  | SplatItemExpression
  | CallExpression
  | UnaryExpression
  | BinaryExpression
  | ConditionalExpression
  | ParenthesesExpression
  | TupleExpression
  | ObjectExpression
  | ForExpression
  | ScopedExpression
  | InvalidExpression;

/** `12`, `true`, `null`, and texts without templates. */
export interface LiteralExpression {
  readonly kind: 'literal';
  readonly value: null | boolean | number | bigint | string;
  readonly range: Range;
}

/** A text with `${…}` or `%{…}` in it. One that is a lone `${…}` has the value of what stands in it, whatever its type. */
export interface TemplateExpression {
  readonly kind: 'template';
  readonly parts: readonly TemplatePart[];
  readonly range: Range;
}

/** A piece of a template. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string; readonly range: Range }
  | { readonly kind: 'interpolation'; readonly expression: Expression; readonly range: Range }
  | TemplateIf
  | TemplateFor;

/** `%{if condition}then%{else}otherwise%{endif}`. */
export interface TemplateIf {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly then: readonly TemplatePart[];
  readonly otherwise: readonly TemplatePart[];
  readonly range: Range;
}

/** `%{for key, value in collection}body%{endfor}`. */
export interface TemplateFor {
  readonly kind: 'for';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly body: readonly TemplatePart[];
  readonly range: Range;
}

/** `root.name["key"][0]`: a variable and the steps from it that are known without evaluating anything. */
export interface TraversalExpression {
  readonly kind: 'traversal';
  readonly root: string;
  readonly rootRange: Range;
  readonly steps: readonly TraversalStep[];
  /** As it stands in the file. */
  readonly text: string;
  readonly range: Range;
}

/** The same from an expression that is no variable: `f(x).name`. */
export interface RelativeTraversalExpression {
  readonly kind: 'relative-traversal';
  readonly source: Expression;
  readonly steps: readonly TraversalStep[];
  readonly range: Range;
}

/** One step of a traversal. */
export type TraversalStep =
  | { readonly kind: 'attribute'; readonly name: string; readonly range: Range }
  | { readonly kind: 'index'; readonly key: LiteralExpression['value']; readonly range: Range };

/** `source[key]` with a key that has to be evaluated. */
export interface IndexExpression {
  readonly kind: 'index';
  readonly source: Expression;
  readonly key: Expression;
  readonly range: Range;
}

/** `source[*].each` or `source.*.each`. */
export interface SplatExpression {
  readonly kind: 'splat';
  readonly source: Expression;
  /** What is taken from each item; a {@link SplatItemExpression} stands in it for the item. */
  readonly each: Expression;
  readonly range: Range;
}

/** The item inside of a splat. */
export interface SplatItemExpression {
  readonly kind: 'splat-item';
  readonly range: Range;
}

/** `name(…)`. */
export interface CallExpression {
  readonly kind: 'call';
  readonly name: string;
  readonly nameRange: Range;
  readonly arguments: readonly Expression[];
  /** Whether the last argument is a list of arguments: `f(x...)`. */
  readonly isExpanded: boolean;
  readonly range: Range;
}

/** `-x`, `!x`. */
export interface UnaryExpression {
  readonly kind: 'unary';
  readonly operator: '-' | '!';
  readonly operand: Expression;
  readonly range: Range;
}

/** The operators between two operands. */
export type BinaryOperator =
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

/** `x + y`. */
export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly range: Range;
}

/** `condition ? then : otherwise`. */
export interface ConditionalExpression {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
  readonly range: Range;
}

/** `(inner)`. */
export interface ParenthesesExpression {
  readonly kind: 'parentheses';
  readonly inner: Expression;
  readonly range: Range;
}

/** `[a, b]`. */
export interface TupleExpression {
  readonly kind: 'tuple';
  readonly items: readonly Expression[];
  readonly range: Range;
}

/** `{ key = value }`. A bare word as key is a literal here. */
export interface ObjectExpression {
  readonly kind: 'object';
  readonly items: readonly ObjectItem[];
  readonly range: Range;
}

/** One `key = value` of an object. */
export interface ObjectItem {
  readonly key: Expression;
  readonly value: Expression;
}

/** `[for …]` without a key, `{for …}` with one. */
export interface ForExpression {
  readonly kind: 'for';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  /** Present in `{for …}`. */
  readonly key: Expression | undefined;
  readonly value: Expression;
  readonly condition: Expression | undefined;
  /** Whether values of the same key are gathered in a list: `=> value...`. */
  readonly isGrouped: boolean;
  readonly range: Range;
}

/** An expression with variables of its own; made by `expandDynamic`, never written. */
export interface ScopedExpression {
  readonly kind: 'scoped';
  readonly variables: ReadonlyMap<string, Value>;
  readonly expression: Expression;
  readonly range: Range;
}

/** What could not be read; a diagnostic tells why. It has no value. */
export interface InvalidExpression {
  readonly kind: 'invalid';
  readonly range: Range;
}

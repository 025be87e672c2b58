/** What evaluating one expression needs to know, and where its problems go. */
import type { Scope } from './evaluate.ts';
import type { Diagnostic, Range } from './syntax.ts';
import type { Value } from './value.ts';

/** Deeper expressions are refused: the evaluator calls itself for each level. */
const maxDepth = 1000;

/** State of one evaluation, or of the part of it that has variables of its own. */
export class Evaluation {
  readonly scope: Scope;
  /** The item inside of a splat. */
  readonly item: Value | undefined;
  readonly #diagnostics: Diagnostic[];
  readonly #names: ReadonlyMap<string, Value> | undefined;
  readonly #outer: Evaluation | undefined;
  readonly #depth: { now: number };

  constructor(
    scope: Scope,
    diagnostics: Diagnostic[],
    inner?: { outer: Evaluation; names?: ReadonlyMap<string, Value>; item?: Value },
  ) {
    this.scope = scope;
    this.#diagnostics = diagnostics;
    this.#outer = inner?.outer;
    this.#names = inner?.names;
    // Not by ??: the item may be null.
    this.item = inner?.item === undefined ? inner?.outer.item : inner.item;
    this.#depth = inner === undefined ? { now: 0 } : inner.outer.#depth;
  }

  /** Reports why there is no value. */
  fail(range: Range, summary: string, detail?: string): undefined {
    const extra = detail === undefined ? {} : { detail };
    this.#diagnostics.push({ severity: 'error', summary, ...extra, range });
    return undefined;
  }

  /** The value of a variable; undefined when there is none of this name. */
  lookup(name: string): Value | undefined {
    let inner: Evaluation | undefined = this;
    while (inner !== undefined) {
      const value = inner.#names?.get(name);
      if (value !== undefined) {
        return value;
      }
      inner = inner.#outer;
    }
    return this.scope.variables.get(name);
  }

  /** Names of all variables, for messages. */
  names(): string[] {
    const own = this.#names === undefined ? [] : [...this.#names.keys()];
    const rest = this.#outer?.names() ?? [...this.scope.variables.keys()];
    return [...own, ...rest];
  }

  /** The same with more variables. */
  withNames(names: ReadonlyMap<string, Value>): Evaluation {
    return new Evaluation(this.scope, this.#diagnostics, { outer: this, names });
  }

  /** The same with the item of a splat. */
  withItem(item: Value): Evaluation {
    return new Evaluation(this.scope, this.#diagnostics, { outer: this, item });
  }

  /** The same, reporting elsewhere. */
  withDiagnostics(diagnostics: Diagnostic[]): Evaluation {
    return new Evaluation(this.scope, diagnostics, { outer: this });
  }

  /** Evaluates something one level deeper. */
  deeper(range: Range, evaluate: () => Value | undefined): Value | undefined {
    if (this.#depth.now >= maxDepth) {
      return this.fail(range, `the expression is nested more than ${maxDepth} levels deep`);
    }
    this.#depth.now++;
    const value = evaluate();
    this.#depth.now--;
    return value;
  }
}

/** Gives expressions their values. Pure, but for what the functions do. */
import { evaluateExpression } from './evaluate-expression.ts';
import { Evaluation } from './evaluation.ts';
import type { HclFunction } from './functions/hcl-function.ts';
import type { Diagnostic, Expression } from './syntax.ts';
import type { Value } from './value.ts';

/** What an expression may refer to. */
export interface Scope {
  readonly variables: ReadonlyMap<string, Value>;
  readonly functions: ReadonlyMap<string, HclFunction>;
  /**
   * What becomes of a variable that is not in `variables`: an error, or `${…}` with the text of the file, to be replaced
   * later.
   */
  readonly undefinedRoot: 'error' | 'keep';
}

/** What {@link evaluate} gives. */
export interface Evaluated {
  /** Null when a diagnostic is an error. */
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

/** Evaluates an expression. Never throws for what stands in it. */
export function evaluate(expression: Expression, scope: Scope): Evaluated {
  const diagnostics: Diagnostic[] = [];
  try {
    const value = evaluateExpression(expression, new Evaluation(scope, diagnostics));
    return { value: value ?? null, diagnostics };
  } catch (error) {
    // The engine's own limits: a text or list too long, a pattern too hard.
    if (!(error instanceof RangeError)) {
      throw error;
    }
    const summary = `the value is too large: ${error.message}`;
    diagnostics.push({ severity: 'error', summary, range: expression.range });
    return { value: null, diagnostics };
  }
}

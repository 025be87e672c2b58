/** Collects what is wrong with a job file, so that all of it is told at once. Pure. */
import type { Diagnostic, Range } from './hcl/syntax.ts';

/** A list of problems that grows while a file is read. */
export class Problems {
  readonly #diagnostics: Diagnostic[] = [];

  /** Adds an error: the job cannot run. */
  error(summary: string, range: Range | undefined, detail?: string): void {
    this.#add('error', summary, range, detail);
  }

  /** Adds a warning: the job runs, but not all that the file says is done. */
  warning(summary: string, range: Range | undefined, detail?: string): void {
    this.#add('warning', summary, range, detail);
  }

  /** Adds what another part has found. */
  take(diagnostics: readonly Diagnostic[]): void {
    // One by one: a spread of very many arguments would overflow the stack.
    for (const diagnostic of diagnostics) {
      this.#diagnostics.push(diagnostic);
    }
  }

  /** Whether one of them is an error. */
  get hasErrors(): boolean {
    return this.#diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  }

  /** All of them: those without a place first, then file by file, by place. */
  inOrder(): Diagnostic[] {
    const files = [...new Set(this.#diagnostics.map((diagnostic) => diagnostic.range?.filename))];
    const fileOf = (diagnostic: Diagnostic): number =>
      diagnostic.range === undefined ? -1 : files.indexOf(diagnostic.range.filename);
    return this.#diagnostics.toSorted(
      (one, other) =>
        fileOf(one) - fileOf(other) || offset(one) - offset(other) || rank(one) - rank(other),
    );
  }

  #add(
    severity: Diagnostic['severity'],
    summary: string,
    range: Range | undefined,
    detail: string | undefined,
  ): void {
    this.#diagnostics.push({
      severity,
      summary,
      ...(detail === undefined ? {} : { detail }),
      ...(range === undefined ? {} : { range }),
    });
  }
}

function offset(diagnostic: Diagnostic): number {
  return diagnostic.range?.start.offset ?? -1;
}

function rank(diagnostic: Diagnostic): number {
  return diagnostic.severity === 'error' ? 0 : 1;
}

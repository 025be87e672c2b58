/** Replaces `dynamic` blocks by what they stand for. Pure. */
import type { Scope } from './evaluate.ts';
import type { Body, Diagnostic } from './syntax.ts';

/**
 * Expands the `dynamic` blocks of this body; those in its blocks are left for when these are read. Give it what
 * `bodyContent` gave. The variables of an iterator are bound inside of the expressions: any scope can evaluate them.
 */
export function expandDynamic(
  _body: Body,
  _scope: Scope,
): { readonly body: Body; readonly diagnostics: readonly Diagnostic[] } {
  throw new Error('not written yet');
}

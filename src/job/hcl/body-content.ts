/** One way to read a body, whichever syntax it was written in. Pure. */
import type { Body, Diagnostic } from './syntax.ts';

/** A kind of block that a body may hold. */
export interface BlockShape {
  readonly type: string;
  /** How many labels it has. @default 0 */
  readonly labels?: number;
}

/** A body whose blocks are known. */
export interface BodyContent {
  readonly body: Body;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The attributes and blocks of a body. A native body is given back as it is; in a JSON body the properties that `shapes`
 * name become blocks (and `dynamic`, whenever there are shapes).
 */
export function bodyContent(_body: Body, _shapes: readonly BlockShape[]): BodyContent {
  throw new Error('not written yet');
}

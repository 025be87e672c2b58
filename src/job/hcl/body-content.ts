/** One way to read a body, whichever syntax it was written in. Pure. */
import { jsonContent } from './json-body.ts';
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
 * name become blocks (and `dynamic`, whenever there are shapes). The bodies of these blocks are JSON bodies again.
 */
export function bodyContent(body: Body, shapes: readonly BlockShape[]): BodyContent {
  return body.isJson === true ? jsonContent(body, shapes) : { body, diagnostics: [] };
}

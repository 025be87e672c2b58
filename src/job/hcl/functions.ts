/** The functions that expressions of a job file can call, by name. */
import type { HclFunction } from './functions/hcl-function.ts';

/** All functions; those that read files refuse to. */
export const hclFunctions: ReadonlyMap<string, HclFunction> = new Map();

/**
 * All functions, with those that read files.
 *
 * @param directory where relative paths start
 */
export function functionsWithFiles(_directory: string): ReadonlyMap<string, HclFunction> {
  return hclFunctions;
}

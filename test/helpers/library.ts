// Names of compiled files and fixtures, for programs that tests start.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repoRoot } from './repo-root.ts';

/** URL of a compiled module of src/, to be imported by a fixture: `moduleUrl('process/spawn')`. */
export function moduleUrl(name: string): string {
  return new URL(`../../src/${name}.js`, import.meta.url).href;
}

/** Path of a file in test/fixtures. */
export function fixture(name: string): string {
  return join(repoRoot, 'test', 'fixtures', name);
}

/**
 * Path of a program of test/helpers, compiled. Guests have it as one file with all that it imports, made on the host
 * (scripts/lib/vm/programs.mjs): loading dozens of modules takes a second there.
 */
export function compiledProgram(name: string): string {
  const folder = process.env['RAW_EXEC_TEST_PROGRAMS'];
  if (folder !== undefined) return join(folder, `${name}.js`);
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

// Names of compiled files and fixtures, for programs that tests start.

import { join } from 'node:path';
import { repoRoot } from './repo-root.ts';

/** URL of a compiled module of src/, to be imported by a fixture: `moduleUrl('process/spawn')`. */
export function moduleUrl(name: string): string {
  return new URL(`../../src/${name}.js`, import.meta.url).href;
}

/** Path of a file in test/fixtures. */
export function fixture(name: string): string {
  return join(repoRoot, 'test', 'fixtures', name);
}

// Finds the repository from wherever the compiled tests lie.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function isRepositoryRoot(directory: string): boolean {
  let text: string;
  try {
    text = readFileSync(join(directory, 'package.json'), 'utf8');
  } catch (error) {
    // Most folders on the way up have no manifest; anything but that is a real fault.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  const manifest: unknown = JSON.parse(text);
  return (
    typeof manifest === 'object' &&
    manifest !== null &&
    'name' in manifest &&
    manifest.name === 'raw-exec'
  );
}

function findRepositoryRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!isRepositoryRoot(directory)) {
    const parent = dirname(directory);
    if (parent === directory)
      throw new Error(`no package.json of raw-exec above ${import.meta.url}`);
    directory = parent;
  }
  return directory;
}

/** The folder that holds the package.json of this repository. */
export const repoRoot: string = findRepositoryRoot();

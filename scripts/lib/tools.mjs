// Owner of one question: are the tools here that only contributors need, and which package has them?

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const packages = {
  'clang-format-14': 'clang-format-14',
  'clang-tidy-14': 'clang-tidy-14',
  cmake: 'cmake',
  ninja: 'ninja-build',
};

function isInPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      // Not in this folder: the next one may have it.
      return false;
    }
  });
}

/** Throws one error that names all absent tools and the command that installs them. */
export function requireTools(names) {
  const missing = names.filter((name) => !isInPath(name));
  if (missing.length === 0) return;
  const wanted = missing.map((name) => packages[name] ?? name).join(' ');
  throw new Error(`not found: ${missing.join(', ')}. Install:  apt-get install ${wanted}`);
}

// Owner of reading files for comparison: what a step is made of, as one hash.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inRoot, root } from './paths.mjs';

/** All files under the given files and folders (paths relative to the root), sorted. Absent ones are left out. */
export function filesUnder(paths, accepts = () => true) {
  const found = [];
  const visit = (path) => {
    if (!existsSync(path)) return;
    if (!statSync(path).isDirectory()) {
      found.push(relative(root, path));
      return;
    }
    for (const entry of readdirSync(path)) {
      if (entry !== 'node_modules') visit(join(path, entry));
    }
  };
  for (const path of paths) visit(inRoot(path));
  return found.filter(accepts).sort();
}

/** Hash over names and contents; contents and not times, because a fresh clone or a branch switch renews all times. */
export function fingerprint(files, extra = []) {
  const hash = createHash('sha256');
  for (const item of [process.version, process.arch, ...extra]) hash.update(`${item}\0`);
  for (const file of files) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(inRoot(file)));
    hash.update('\0');
  }
  return hash.digest('hex');
}

// Owner of prebuilds/: what build/Release holds, stripped, under the name of this platform.

import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { nativeFiles } from './native.mjs';
import { inRoot } from './paths.mjs';
import { runCommand } from './run-command.mjs';

/** glibc tells its version to the process report; musl does not. */
function libcOfThisNode() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** Relative to the root; docs/decisions/prebuilds.md explains the scheme. */
export const prebuildFolder = `prebuilds/linux-${process.arch}-${libcOfThisNode()}`;

export async function copyPrebuilds() {
  const folder = inRoot(prebuildFolder);
  mkdirSync(folder, { recursive: true });
  for (const file of nativeFiles) {
    // Renamed into place: a running process may have the old file mapped, and writing into that one would crash it.
    const fresh = join(folder, `.${file}.new`);
    copyFileSync(inRoot('build/Release', file), fresh);
    await runCommand('strip', ['--strip-unneeded', fresh], { quiet: true });
    renameSync(fresh, join(folder, file));
  }
}

// Owner of tsc's outputs: compiles a project, and starts from an empty folder when files came, went or were moved.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { filesUnder } from './fingerprint.mjs';
import { inRoot, tools } from './paths.mjs';
import { runNode } from './run-command.mjs';

/**
 * tsc never deletes what a removed source has left, and with its incremental state writes nothing into an emptied
 * folder. A list of the sources beside the state tells both cases apart from an ordinary change.
 */
function forgetOldLayout({ project, sources, outDirs }) {
  const listFile = inRoot('build/tsc', `${project}.files`);
  const layout = filesUnder(sources, (file) => file.endsWith('.ts')).join('\n');
  const last = existsSync(listFile) ? readFileSync(listFile, 'utf8') : undefined;
  if (last === layout && outDirs.every((outDir) => existsSync(inRoot(outDir)))) return;
  for (const outDir of outDirs) rmSync(inRoot(outDir), { recursive: true, force: true });
  rmSync(inRoot('build/tsc', `${project}.tsbuildinfo`), { force: true });
  mkdirSync(inRoot('build/tsc'), { recursive: true });
  writeFileSync(listFile, layout);
}

/** `project` names the incremental state (build/tsc/PROJECT.tsbuildinfo) that its configuration writes. */
export async function compileTypeScript({ project, config, sources, outDirs }) {
  forgetOldLayout({ project, sources, outDirs });
  await runNode(tools.tsc, ['-p', config, '--pretty', 'false'], { quiet: true });
}

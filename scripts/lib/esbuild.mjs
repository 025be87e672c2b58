// Owner of the bundler: the settings that the library and the command line have in common.

import { inRoot, root } from './paths.mjs';
import { runCommand } from './run-command.mjs';

const program = inRoot('node_modules/@esbuild/linux-x64/bin/esbuild');

// The addon is found by path, so its loader stays outside of every bundle.
const common = [
  '--bundle',
  '--splitting',
  '--format=esm',
  '--platform=node',
  '--target=node20.19',
  '--outdir=dist',
  '--external:bindings',
  '--log-level=warning',
];

/** Bundles `entry` (NAME=FILE) into dist/NAME.js, and what it loads later into dist/CHUNKS/. */
export async function bundle({ entry, chunks, options = [] }) {
  const named = `--chunk-names=${chunks}/[name]-[hash]`;
  await runCommand(program, [entry, ...common, named, ...options], { cwd: root });
}

// Owner of the bundler: the settings that the library and the command line have in common.

import { inRoot, root } from './paths.mjs';
import { runCommand } from './run-command.mjs';

const program = inRoot('node_modules/@esbuild/linux-x64/bin/esbuild');

// The addon is found by path, so its loader stays outside of every bundle.
const common = [
  '--bundle',
  '--format=esm',
  '--platform=node',
  '--target=node20.19',
  '--external:bindings',
  '--log-level=warning',
];

/**
 * Makes files smaller in place, for what is read at each import. Names stay, for stack traces, and so do lines: of an error
 * that nobody catches Node prints the line that threw it, which must not be the whole file.
 */
export async function shrink(files) {
  for (const file of files) {
    const options = [
      '--minify-whitespace',
      '--minify-syntax',
      '--legal-comments=none',
      '--line-limit=120',
    ];
    await runCommand(
      program,
      [
        file,
        `--format=${file.endsWith('.cjs') ? 'cjs' : 'esm'}`,
        '--target=node20.19',
        ...options,
        `--outfile=${file}`,
        '--allow-overwrite',
        '--log-level=warning',
      ],
      { cwd: root },
    );
  }
}

/** Bundles `entry` (NAME=FILE) into dist/NAME.js, and what it loads later into dist/CHUNKS/. */
export async function bundle({ entry, chunks, options = [] }) {
  const named = `--chunk-names=${chunks}/[name]-[hash]`;
  await runCommand(program, [entry, ...common, '--splitting', '--outdir=dist', named, ...options], {
    cwd: root,
  });
}

/** Bundles each of `entries` by itself into a file of its name in `folder`. */
export async function bundleAlone(entries, folder) {
  await runCommand(program, [...entries, ...common, `--outdir=${folder}`], { cwd: root });
}

// Makes the command line: dist/cli.js, and in dist/cli/ one lazily loaded file per sub-command and per shared part.
//
// The libraries that only the command line needs are in these files, so that installing the package brings no tree of
// dependencies and starting a command reads few files. `bindings` and the addon stay outside: the addon is found by path.

import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { bundle } from './lib/esbuild.mjs';
import { main } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { thirdPartyNotices } from './lib/third-party-notices.mjs';

const metaFile = inRoot('build/cli-bundle.json');
const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

// CommonJS libraries ask for Node's own modules by require(), which an ES module does not have by itself. Only in the first
// file: all others are loaded by it. What some would use where it is installed is absent here, and they have to be told.
const requireLine = `globalThis.require ??= (name) => {
  const found = process.getBuiltinModule(name);
  if (found === undefined) throw new Error(\`there is no module \${name} in the command line\`);
  return found;
};`;

/** Puts the line behind the one that names the interpreter. */
function addRequire(file) {
  const [interpreter, ...rest] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, [interpreter, requireLine, ...rest].join('\n'));
}

await main(async () => {
  // tsc has compiled these sources one by one as well; the bundle replaces them.
  rmSync(inRoot('dist/cli'), { recursive: true, force: true });
  mkdirSync(inRoot('build'), { recursive: true });

  await bundle({
    entry: 'cli=src/cli/main.ts',
    chunks: 'cli',
    options: [
      `--alias:node:child_process=${inRoot('scripts/lib/no-child-process.mjs')}`,
      '--legal-comments=none',
      '--minify-syntax',
      `--define:RAW_EXEC_VERSION=${JSON.stringify(manifest.version)}`,
      `--metafile=${metaFile}`,
    ],
  });

  addRequire(inRoot('dist/cli.js'));
  chmodSync(inRoot('dist/cli.js'), 0o755);
  const inputs = Object.keys(JSON.parse(readFileSync(metaFile, 'utf8')).inputs);
  writeFileSync(inRoot('dist/THIRD_PARTY_NOTICES.md'), thirdPartyNotices(inputs));
});

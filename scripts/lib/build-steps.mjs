// Pure: the steps of a build, what each reads and what it makes. The order is the order of need.

import { existsSync } from 'node:fs';
import { buildNative, nativeFiles } from './native.mjs';
import { inRoot } from './paths.mjs';
import { copyPrebuilds, prebuildFolder } from './prebuilds.mjs';
import { runNode } from './run-command.mjs';
import { transpileSources } from './transpile.mjs';
import { compileTypeScript } from './typescript.mjs';

export const native = {
  name: 'addon',
  inputs: ['binding.gyp', 'native', 'scripts/lib/native.mjs'],
  outputs: nativeFiles.map((file) => `build/Release/${file}`),
  run: buildNative,
};

export const prebuilds = {
  name: 'prebuilds',
  inputs: [...native.outputs, 'scripts/lib/prebuilds.mjs'],
  outputs: nativeFiles.map((file) => `${prebuildFolder}/${file}`),
  run: copyPrebuilds,
};

const compiler = ['tsconfig.json', 'scripts/lib/typescript.mjs'];

// What src/index.ts reaches; the command and the agent behind it are bundled.
export const library = {
  name: 'library',
  inputs: ['src', 'tsconfig.library.json', ...compiler],
  outputs: ['build/lib', 'dist/index.d.ts'],
  run: () =>
    compileTypeScript({
      project: 'library',
      config: 'tsconfig.library.json',
      sources: ['src'],
      outDirs: ['build/lib', 'dist'],
    }),
};

export const tests = {
  name: 'tests',
  inputs: ['src', 'test', 'tsconfig.json', 'tsconfig.test.json', 'scripts/lib/transpile.mjs'],
  accepts: (file) => /\.(ts|json|mjs)$/.test(file),
  outputs: ['build/js'],
  run: async () => transpileSources(['src', 'test']),
};

function scriptStep({ name, script, inputs, outputs }) {
  return {
    name,
    inputs: [script, ...inputs],
    outputs,
    run: () => runNode(inRoot(script), [], { quiet: true }),
  };
}

export const schemas = scriptStep({
  name: 'schemas',
  script: 'scripts/make-json-schemas.mjs',
  inputs: ['src/driver'],
  outputs: ['schemas'],
});

export const bundle = scriptStep({
  name: 'library bundle',
  script: 'scripts/bundle-library.mjs',
  inputs: [
    'src',
    'scripts/lib/esbuild.mjs',
    'scripts/lib/late-parts.mjs',
    'scripts/lib/merge-shared-chunks.mjs',
  ],
  outputs: ['dist/index.js'],
});

export const cli = scriptStep({
  name: 'cli',
  script: 'scripts/bundle-cli.mjs',
  inputs: ['src', 'package.json', 'scripts/lib/esbuild.mjs'],
  outputs: ['dist/cli.js'],
});

/** The parts that lie in a checkout of this age; a step without its script is none. */
export const isPresent = (step) =>
  step.inputs[0] === undefined || existsSync(inRoot(step.inputs[0]));

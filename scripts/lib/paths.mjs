// Pure: where things lie in a checkout. Every script takes its paths from here.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const inRoot = (...parts) => join(root, ...parts);

/** The file that a package of ours in node_modules is started with, without npx and its start-up cost. */
export const tools = {
  apiExtractor: inRoot('node_modules/@microsoft/api-extractor/bin/api-extractor'),
  attw: inRoot('node_modules/@arethetypeswrong/cli/dist/index.js'),
  biome: inRoot('node_modules/@biomejs/cli-linux-x64/biome'),
  buf: inRoot('node_modules/@bufbuild/buf-linux-x64/bin/buf'),
  c8: inRoot('node_modules/c8/bin/c8.js'),
  cmakeJs: inRoot('node_modules/cmake-js/bin/cmake-js'),
  eslint: inRoot('node_modules/eslint/bin/eslint.js'),
  nodeGyp: inRoot('node_modules/node-gyp/bin/node-gyp.js'),
  publint: inRoot('node_modules/publint/src/cli.js'),
  tsc: inRoot('node_modules/typescript/bin/tsc'),
};

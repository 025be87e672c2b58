// Makes the library: dist/index.js, and in dist/lib/ the parts that load when they are first used (the driver).
//
// One file instead of forty: Node spends about half a millisecond on finding and linking each ES module, and the import of
// this package is to stay light. The declarations beside it are tsc's. `bindings` and `valibot` stay outside.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { bundle, shrink } from './lib/esbuild.mjs';
import { copyWithLateParts, requireLateParts } from './lib/late-parts.mjs';
import { main } from './lib/main.mjs';
import { mergeSharedChunks } from './lib/merge-shared-chunks.mjs';
import { inRoot } from './lib/paths.mjs';

const nodeImport = /^import \{([^}]*)\} from "(node:[a-z_/]+)";\n/gm;

// An import of one of Node's own modules makes a namespace of all its exports: that of node:fs alone takes over a
// millisecond, because it touches lazy ones. getBuiltinModule (20.16) hands out the module as it is.
function takeBuiltinsAsTheyAre(file) {
  const source = readFileSync(file, 'utf8');
  const builtins = [];
  const rest = source.replaceAll(nodeImport, (_, names, module) => {
    const bindings = names.replaceAll(' as ', ': ');
    builtins.push(`const {${bindings}} = process.getBuiltinModule("${module}");\n`);
    return '';
  });
  writeFileSync(file, builtins.join('') + rest);
}

// Whatever looks after a process that runs, and tells that no descriptor is left, stays in the first file: a file cannot be loaded
// then. A start needs a descriptor anyway.
const lateParts = {
  'logs/log-options.ts': ['readLogOptions'],
  'process/exec-failure.ts': ['execFailure'],
  'process/forward-signals.ts': ['forwardSignals'],
  'process/identity.ts': ['makeIdentity'],
  'process/run.ts': ['async run'],
};

const builtFiles = () => [
  inRoot('dist/index.js'),
  ...readdirSync(inRoot('dist/lib')).map((part) => inRoot('dist/lib', part)),
];

await main(async () => {
  rmSync(inRoot('dist/lib'), { recursive: true, force: true });
  mkdirSync(inRoot('dist'), { recursive: true });
  const sources = inRoot('build/library');
  copyWithLateParts(inRoot('src'), sources, lateParts);
  await bundle({
    entry: `index=${sources}/index.ts`,
    chunks: 'lib',
    options: ['--external:valibot', '--legal-comments=none'],
  });
  for (const file of builtFiles()) takeBuiltinsAsTheyAre(file);
  mergeSharedChunks(inRoot('dist/index.js'), inRoot('dist/lib'));
  requireLateParts(inRoot('dist/index.js'), inRoot('dist/lib'));
  await shrink(builtFiles());
});

// npm run lint: formats and rules of both languages. `npm run lint -- biome eslint` runs some of them.

import { cmakeFolder, configureCMake } from './lib/cmake.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { formattedFiles } from './lib/native-sources.mjs';
import { inRoot, tools } from './lib/paths.mjs';
import { runChecks } from './lib/report.mjs';
import { runCommand, runNode } from './lib/run-command.mjs';
import { requireTools } from './lib/tools.mjs';

const checks = [
  ['biome', () => runCommand(tools.biome, ['ci', '--error-on-warnings', '.'])],
  ['eslint', () => runNode(tools.eslint, ['--max-warnings=0', '.'])],
  ['clang-format', checkFormat],
  ['clang-tidy', checkTidy],
];

async function checkFormat() {
  requireTools(['clang-format-14']);
  await runCommand('clang-format-14', ['--dry-run', '-Werror', ...formattedFiles()]);
}

/** What goes into the package; the headers come with the files that include them. */
async function checkTidy() {
  requireTools(['clang-tidy-14', 'cmake', 'ninja']);
  await configureCMake('debug');
  await runCommand(
    'run-clang-tidy-14',
    ['-quiet', '-j2', '-p', inRoot(cmakeFolder('debug')), `^${inRoot('native')}/`],
    {
      quiet: true,
    },
  );
}

await main(async () => {
  await ensureInstalled();
  const wanted = process.argv.slice(2);
  await runChecks(checks.filter(([name]) => wanted.length === 0 || wanted.includes(name)));
});

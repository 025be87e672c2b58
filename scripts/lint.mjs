// npm run lint: types, formats and rules of both languages. `npm run lint -- biome eslint` runs some of them.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { runClangTidy } from './lib/clang-tidy.mjs';
import { cmakeFolder, configureCMake } from './lib/cmake.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { formattedFiles } from './lib/native-sources.mjs';
import { inRoot, tools } from './lib/paths.mjs';
import { runChecks } from './lib/report.mjs';
import { runCommand, runNode } from './lib/run-command.mjs';
import { requireTools } from './lib/tools.mjs';

const checks = [
  [
    'types',
    () => runNode(tools.tsc, ['-p', 'tsconfig.test.json', '--noEmit', '--pretty', 'false']),
  ],
  ['biome', () => runCommand(tools.biome, ['ci', '--colors=off', '--error-on-warnings', '.'])],
  ['eslint', () => runNode(tools.eslint, ['--max-warnings=0', '.'])],
  ['clang-format', checkFormat],
];

/** It takes longer than all others together, and these leave CPUs idle. */
const longChecks = [['clang-tidy', checkTidy]];

async function checkFormat() {
  requireTools(['clang-format-14']);
  await runCommand('clang-format-14', ['--dry-run', '-Werror', ...formattedFiles()]);
}

/** clang does not know all options of gcc, and ends at the first such. */
function writeClangDatabase(from, to) {
  const database = readFileSync(inRoot(from, 'compile_commands.json'), 'utf8');
  mkdirSync(inRoot(to), { recursive: true });
  const readable = database.replaceAll(' -fno-tree-loop-distribute-patterns', '');
  writeFileSync(inRoot(to, 'compile_commands.json'), readable);
}

/** What goes into the package; the headers come with the files that include them. */
async function checkTidy() {
  requireTools(['python3', 'cmake', 'ninja']);
  await configureCMake('debug');
  const database = 'build/cmake/clang-tidy';
  writeClangDatabase(cmakeFolder('debug'), database);
  await runClangTidy(inRoot(database), [`^${inRoot('native')}/`]);
}

await main(async () => {
  await ensureInstalled();
  const wanted = process.argv.slice(2);
  const isWanted = ([name]) => wanted.length === 0 || wanted.includes(name);
  await runChecks(checks.filter(isWanted), { beside: longChecks.filter(isWanted) });
});

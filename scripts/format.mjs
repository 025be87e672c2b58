// npm run format: writes the format that lint asks for, in both languages.

import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { formattedFiles } from './lib/native-sources.mjs';
import { tools } from './lib/paths.mjs';
import { runCommand } from './lib/run-command.mjs';
import { requireTools } from './lib/tools.mjs';

await main(async () => {
  await ensureInstalled();
  requireTools(['clang-format-14']);
  await runCommand(tools.biome, ['check', '--write', '.']);
  await runCommand('clang-format-14', ['-i', ...formattedFiles()]);
});

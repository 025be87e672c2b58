// npm start: installs, builds, and runs a job file. `npm start -- run other.nomad.hcl` runs another command.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { inRoot, root } from './lib/paths.mjs';

await main(async () => {
  await ensureInstalled();
  await build();
  const given = process.argv.slice(2);
  const args = given.length > 0 ? given : ['run', 'examples/hello.nomad.hcl'];
  console.log(`> raw-exec ${args.join(' ')}\n`);
  const child = spawn(process.execPath, [inRoot('dist/cli.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to both of us: the command ends its tasks first, and we wait for it.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [code, signal] = await once(child, 'close');
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});

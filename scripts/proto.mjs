// npm run proto: writes the code of the plugin's messages anew from src/nomad-plugin/proto, for the plugin and for its test in Go.
// `npm run proto -- --check` writes nothing and tells what is not as it would be written; `typescript` or `go` does one of them.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { inRoot, tools } from './lib/paths.mjs';
import { runCommand } from './lib/run-command.mjs';

const languages = {
  typescript: { folder: 'src/nomad-plugin/wire', template: 'src/nomad-plugin/proto/buf.gen.yaml' },
  go: {
    folder: 'test/nomad-plugin/conformance/wire',
    template: 'test/nomad-plugin/conformance/buf.gen.yaml',
  },
};

function generate({ template }, to) {
  return runCommand(tools.buf, ['generate', '--template', template, '-o', to], { quiet: true });
}

function filesIn(folder) {
  return new Map(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

/** Files of the folder that are not as they would be written. */
async function differences(language) {
  const temporary = mkdtempSync(join(tmpdir(), 'raw-exec-proto-'));
  try {
    await generate(language, temporary);
    const wanted = filesIn(join(temporary, language.folder));
    const given = filesIn(inRoot(language.folder));
    return [...new Set([...wanted.keys(), ...given.keys()])]
      .filter((name) => wanted.get(name) !== given.get(name))
      .map((name) => `${language.folder}/${name}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function hasGo() {
  try {
    await runCommand('go', ['version'], { quiet: true });
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** What there is to be done on this machine. */
async function chosen(names) {
  const all = Object.keys(languages);
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw new Error(`there is no ${unknown}; it may be ${all.join(' or ')}`);
  if (names.length > 0) return names;
  if (await hasGo()) return all;
  console.log('go is not installed: its files are left as they are');
  return ['typescript'];
}

await main(async () => {
  await ensureInstalled();
  const isCheck = process.argv.includes('--check');
  const names = await chosen(process.argv.slice(2).filter((argument) => argument !== '--check'));
  const wrong = [];
  for (const name of names) {
    if (isCheck) wrong.push(...(await differences(languages[name])));
    else await generate(languages[name], '.');
  }
  if (wrong.length > 0) {
    throw new Error(
      `not as the files in src/nomad-plugin/proto have it:\n  ${wrong.join('\n  ')}\nRun: npm run proto`,
    );
  }
});

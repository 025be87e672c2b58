// Owner of build/vm/apt: apt with lists of its own, so that packages of other releases can be fetched and their signatures
// checked without touching what the machine is set up with, and without being root.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { inRoot } from '../paths.mjs';
import { runCommand } from '../run-command.mjs';
import { newest, suites } from './kernels.mjs';

const folder = inRoot('build/vm/apt');
const mirror = process.env.RAW_EXEC_VM_MIRROR ?? 'http://deb.debian.org/debian';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

const options = {
  'Dir::State': `${folder}/state`,
  'Dir::Cache': `${folder}/cache`,
  'Dir::Etc::sourcelist': `${folder}/sources.list`,
  'Dir::Etc::sourceparts': '/dev/null',
  'Acquire::Languages': 'none',
  // A partly written list would pass for a whole one at the next run.
  'APT::Update::Error-Mode': 'any',
};

const optionArguments = Object.entries(options).flatMap(([name, value]) => [
  '-o',
  `${name}=${value}`,
]);

/** Reads the lists of all releases that have a kernel of ours. */
export async function updateLists() {
  mkdirSync(`${folder}/state/lists/partial`, { recursive: true });
  mkdirSync(`${folder}/cache/archives/partial`, { recursive: true });
  const line = (suite) => `deb [arch=amd64 signed-by=${keyring}] ${mirror} ${suite} main\n`;
  writeFileSync(`${folder}/sources.list`, suites.map(line).join(''));
  await runCommand('apt-get', [...optionArguments, 'update', '-qq'], { quiet: true });
}

/** Fetches the newest package whose name matches into `target`. @returns the path of the package. */
export async function download(pattern, target) {
  const list = await runCommand('apt-cache', [...optionArguments, 'pkgnames', 'linux-image-'], {
    quiet: true,
  });
  const name = newest(list.split('\n').filter((candidate) => pattern.test(candidate)));
  if (name === undefined) throw new Error(`${mirror} has no package like ${pattern.source}`);
  mkdirSync(target, { recursive: true });
  await runCommand('apt-get', [...optionArguments, 'download', '-qq', name], {
    cwd: target,
    quiet: true,
  });
  const file = readdirSync(target).find((entry) => entry.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`apt-get download ${name} left no file in ${target}`);
  return `${target}/${file}`;
}

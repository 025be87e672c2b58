// Owner of clang-tidy: one version for everybody, because what it finds depends on that. pip puts it into build/.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from './paths.mjs';
import { runCommand } from './run-command.mjs';
import { formatSeconds } from './timing.mjs';

const requirements = inRoot('scripts/clang-tidy.txt');

/** Of what the requirements name: another version has another folder. */
function folder() {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  return inRoot('build/tools', `clang-tidy-${hash.slice(0, 12)}`);
}

async function install(into) {
  const startedAt = performance.now();
  const unfinished = `${into}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  const options = ['--quiet', '--disable-pip-version-check'];
  const exact = ['--no-deps', '--only-binary=:all:', '--require-hashes', '-r', requirements];
  try {
    const args = ['-m', 'pip', 'install', ...options, '--target', unfinished, ...exact];
    await runCommand('python3', args, { quiet: true });
  } catch (error) {
    const why = error.output?.trim() || error.message;
    throw new Error(
      `cannot install clang-tidy by pip: ${why}\nInstall pip:  apt-get install python3-pip`,
    );
  }
  renameSync(unfinished, into);
  console.log(`install: clang-tidy by pip, ${formatSeconds(performance.now() - startedAt)}`);
}

/** Looks through what a compilation database names, on all CPUs. Paths: regular expressions. */
export async function runClangTidy(database, paths) {
  const home = folder();
  if (!existsSync(home)) await install(home);
  const programs = join(home, 'clang_tidy/data/bin');
  const options = ['-quiet', '-j', '2', '-p', database];
  const binary = ['-clang-tidy-binary', join(programs, 'clang-tidy')];
  const runner = join(programs, 'run-clang-tidy.py');
  await runCommand('python3', [runner, ...options, ...binary, ...paths], { quiet: true });
}

// Owner of one question: are the tools here that only contributors need, and which package has them?

import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.mjs';

const packages = {
  'clang++-14': 'clang-14',
  'clang-format-14': 'clang-format-14',
  cmake: 'cmake',
  ninja: 'ninja-build',
};

function isInPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      // Not in this folder: the next one may have it.
      return false;
    }
  });
}

/** Throws one error that names all absent tools and the command that installs them. */
export function requireTools(names) {
  const missing = names.filter((name) => !isInPath(name));
  if (missing.length === 0) return;
  const wanted = missing.map((name) => packages[name] ?? name).join(' ');
  throw new Error(`not found: ${missing.join(', ')}. Install:  apt-get install ${wanted}`);
}

/** clang finds it out only when it links. */
export async function requireLibFuzzer() {
  const folder = (await runCommand('clang++-14', ['-print-runtime-dir'], { quiet: true })).trim();
  const names = [`libclang_rt.fuzzer-${machine()}.a`, 'libclang_rt.fuzzer.a'];
  if (names.some((name) => existsSync(join(folder, name)))) return;
  throw new Error(
    `not found: ${names.join(' or ')} in ${folder}. Install:  apt-get install libclang-rt-14-dev`,
  );
}

/** As clang names it. */
const machine = () => (process.arch === 'arm64' ? 'aarch64' : 'x86_64');

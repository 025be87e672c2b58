// The compiled parts run wherever the official binaries of Node 20 run, so they may need no newer libc than those do.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../helpers/repo-root.ts';

// Node 20 is built on RHEL 8: glibc 2.28, libstdc++ of gcc 8.
const ceilings: Readonly<Record<string, readonly number[]>> = {
  GLIBC: [2, 28],
  GLIBCXX: [3, 4, 25],
  CXXABI: [1, 3, 11],
  GCC: [8, 0, 0],
};

const allowedLibraries =
  /^(libc|libm|libdl|libpthread|libgcc_s|libstdc\+\+|ld-linux[-\w]*)\.so\.\d+$/;

function compiledFiles(): readonly string[] {
  const prebuilds = join(repoRoot, 'prebuilds');
  const folders = readdirSync(prebuilds)
    .filter((name) => name.endsWith(`-${process.arch}-glibc`))
    .map((name) => join(prebuilds, name));
  return folders
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((file) => existsSync(file));
}

function isAbove(version: readonly number[], ceiling: readonly number[]): boolean {
  for (let i = 0; i < Math.max(version.length, ceiling.length); i += 1) {
    const difference = (version[i] ?? 0) - (ceiling[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Nothing for a static executable: it names no library and no version. */
function objdump(option: string, file: string): string {
  const { status, stdout, stderr } = spawnSync('objdump', [option, file], { encoding: 'utf8' });
  assert.ok(status === 0 || stderr.includes('not a dynamic object'), stderr);
  return stdout;
}

for (const file of compiledFiles()) {
  const name = file.slice(repoRoot.length + 1);

  test(`${name} needs no symbol newer than the ceiling`, () => {
    const tooNew: string[] = [];
    for (const [, family = '', version = '', symbol] of objdump('-T', file).matchAll(
      /\b([A-Z]+)_([\d.]+)\)?\s+(\S+)$/gm,
    )) {
      const ceiling = ceilings[family];
      if (ceiling && isAbove(version.split('.').map(Number), ceiling)) {
        tooNew.push(`${symbol}: ${family}_${version}`);
      }
    }
    assert.deepEqual(tooNew, []);
  });

  test(`${name} names only libraries that every glibc system has`, () => {
    const needed = [...objdump('-p', file).matchAll(/^\s+NEEDED\s+(\S+)$/gm)].map(
      ([, library = '']) => library,
    );
    assert.deepEqual(
      needed.filter((library) => !allowedLibraries.test(library)),
      [],
    );
  });
}

test('there are compiled files to look at', () => {
  assert.ok(compiledFiles().length >= 2);
});

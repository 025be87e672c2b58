// What runs between clone and execve may call nothing from outside: it has no libc that it could call safely.
// "Async-signal-safe" is so a fact of the object files, not a matter of review.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../helpers/repo-root.ts';

/** Outside symbols that the objects of the child target may refer to: none, not even memcpy. */
const allowedSymbols: readonly string[] = [];

/** None where a build was configured but not made. */
function objectsIn(folder: string): readonly string[] {
  const path = join(repoRoot, folder);
  return existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.o')) : [];
}

/** Every build that lies here: node-gyp's, and those of contributors, where sanitizers must not have crept in. */
const objectFolders = [
  'build/Release/obj.target/child/native/core',
  'build/cmake/debug/CMakeFiles/child.dir/native/core',
  'build/cmake/asan/CMakeFiles/child.dir/native/core',
].filter((folder) => objectsIn(folder).length > 0);

function nm(option: string, file: string): readonly string[] {
  return execFileSync('nm', [option, file], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}

for (const folder of objectFolders) {
  const objects = objectsIn(folder);

  test(`the objects in ${folder} refer to nothing outside of the child target`, () => {
    assert.ok(objects.some((file) => basename(file).startsWith('child.')));
    const own = objects.flatMap((file) =>
      nm('--defined-only', join(repoRoot, folder, file)).map((line) => line.split(' ').at(-1)),
    );
    for (const file of objects) {
      const outside = nm('-u', join(repoRoot, folder, file))
        .map((line) => line.trim().split(' ').at(-1) ?? '')
        .filter((symbol) => !own.includes(symbol) && !allowedSymbols.includes(symbol));
      assert.deepEqual(outside, [], file);
    }
  });

  test(`the objects in ${folder} have no data that a parent could share`, () => {
    for (const file of objects) {
      const data = nm('--defined-only', join(repoRoot, folder, file)).filter((line) =>
        / [BbDd] /.test(line),
      );
      assert.deepEqual(data, [], file);
    }
  });
}

test('there are objects of the child target to look at', () => {
  assert.ok(objectFolders.length > 0);
});

// What `npm pack` would put into the package: all that a user needs, nothing that only we need.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { repoRoot } from '../helpers/repo-root.ts';

interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

function packedFiles(): readonly PackedFile[] {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: repoRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(output) as { files: readonly PackedFile[] }[];
  assert.ok(packed);
  return packed.files;
}

const files = packedFiles();
const paths = files.map(({ path }) => path);

test('the package holds the library, its types, the command, the addon and the schemas', () => {
  for (const pattern of [
    /^dist\/index\.js$/,
    /^dist\/index\.d\.ts$/,
    /^dist\/cli\.js$/,
    /^prebuilds\/linux-\w+-(glibc|musl)\/raw_exec\.node$/,
    /^prebuilds\/linux-\w+-(glibc|musl)\/raw-exec-(forker|reaper)$/,
    /^prebuilds\/linux-\w+-(glibc|musl)\/raw-exec-keeper$/,
    /^contrib\/systemd\/raw-exec-keeper@\.(service|socket)$/,
    /^contrib\/systemd\/raw-exec-agent\.service$/,
    /^schemas\/.+\.json$/,
    /^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/,
  ]) {
    assert.ok(
      paths.some((path) => pattern.test(path)),
      `nothing matches ${pattern}`,
    );
  }
});

test('the package holds nothing else', () => {
  const allowed =
    /^(dist\/.+\.(c?js|d\.ts)|dist\/THIRD_PARTY_NOTICES\.md|prebuilds\/[^/]+\/raw[_-]exec[-.]\w+|schemas\/.+\.json|contrib\/systemd\/[^/]+\.(service|socket)|docs\/.+\.md|LICENSE|README\.md|CHANGELOG\.md|package\.json)$/;
  assert.deepEqual(
    paths.filter((path) => !allowed.test(path)),
    [],
  );
});

test('forker, reaper and keeper may be executed as they come out of the package', () => {
  const helpers = files.filter(({ path }) => /\/raw-exec-(forker|reaper|keeper)$/.test(path));
  assert.ok(helpers.length >= 3);
  for (const { path, mode } of helpers) assert.equal(mode & 0o111, 0o111, path);
});

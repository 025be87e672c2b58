// The manifest promises an installation without compilers, hooks and downloads. A field added in passing can break that.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../helpers/repo-root.ts';

interface Manifest {
  readonly name: string;
  readonly type: string;
  readonly license: string;
  readonly version: string;
  readonly gypfile: boolean;
  readonly os: readonly string[];
  readonly engines: { readonly node: string };
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
}

function readText(file: string): string {
  return readFileSync(join(repoRoot, file), 'utf8');
}

const manifest = JSON.parse(readText('package.json')) as Manifest;

/** Tracked text files; where there is no git (a source archive) there is nothing to list. */
function trackedFiles(): readonly string[] {
  const output = execFileSync('git', ['ls-files', '-z'], { cwd: repoRoot, encoding: 'utf8' });
  return output.split('\0').filter((file) => file !== '' && existsSync(join(repoRoot, file)));
}

test('no script of the package runs when somebody installs it', () => {
  // npm also runs these of a package whose name is only a dependency of a dependency.
  const hooks = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare'];
  assert.deepEqual(
    Object.keys(manifest.scripts).filter((name) => hooks.includes(name)),
    [],
  );
});

test('npm does not compile the package by itself because of binding.gyp', () => {
  assert.equal(manifest.gypfile, false);
});

test('the library face depends on two packages', () => {
  assert.deepEqual(Object.keys(manifest.dependencies).sort(), ['bindings', 'valibot']);
});

test('the package is an ES module for Node 20.19 on Linux', () => {
  assert.equal(manifest.type, 'module');
  assert.equal(manifest.engines.node, '>=20.19');
  assert.deepEqual(manifest.os, ['linux']);
  assert.equal(manifest.license, 'MIT');
  assert.deepEqual(manifest.bin, { 'raw-exec': 'dist/cli.js' });
});

test('the change log has an entry for this version', () => {
  assert.match(readText('CHANGELOG.md'), new RegExp(`^## \\[${manifest.version}\\]`, 'm'));
});

test('the lock file names no address, so that it holds with every registry', () => {
  assert.doesNotMatch(readText('package-lock.json'), /"resolved":/);
});

test('what is installed at our users has no install script', () => {
  const lock = JSON.parse(readText('package-lock.json')) as LockFile;
  for (const name of Object.keys(manifest.dependencies)) {
    assert.notEqual(lock.packages[`node_modules/${name}`]?.hasInstallScript, true, name);
  }
});

test('no tracked file names a path of the machine that it was written on', (context) => {
  if (!existsSync(join(repoRoot, '.git'))) {
    context.skip('not a git checkout');
    return;
  }
  const machinePaths = [repoRoot, `${homedir()}/`].filter((path) => path.length > 2);
  const offenders = trackedFiles().filter((file) => {
    const text = readText(file);
    return machinePaths.some((path) => text.includes(path));
  });
  assert.deepEqual(offenders, []);
});

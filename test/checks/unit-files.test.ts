// systemd itself reads the unit files of the package.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../helpers/repo-root.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const units = join(repoRoot, 'contrib/systemd');

const { error } = spawnSync('systemd-analyze', ['--version']);
const skip = error === undefined ? false : `systemd-analyze cannot be run: ${error.message}`;

/** Of systemd 254: the files say so. */
const knownComplaint = /Unknown key (?:name )?'DelegateSubgroup'/;

test('systemd-analyze verify has nothing to say about the unit files', { skip }, (t) => {
  const folder = temporaryFolder(t);
  const names = readdirSync(units);
  assert.ok(names.includes('raw-exec-agent.service'));
  const paths = names.map((name) => {
    // What is not installed here would be complained of.
    const text = readFileSync(join(units, name), 'utf8').replaceAll(
      /\/usr\/local\/bin\/[\w-]+/g,
      '/bin/true',
    );
    const path = join(folder, name.replace('@.', '@test.'));
    writeFileSync(path, text);
    return path;
  });
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], {
    encoding: 'utf8',
  });
  const complaints = stderr.split('\n').filter((line) => line !== '' && !knownComplaint.test(line));
  assert.deepEqual(complaints, []);
  assert.equal(status, 0);
});

test('a mistake in a unit file would be found', { skip }, (t) => {
  const path = join(temporaryFolder(t), 'raw-exec-agent.service');
  const text = readFileSync(join(units, 'raw-exec-agent.service'), 'utf8');
  writeFileSync(path, text.replace('KillMode=process', 'KilMode=process'));
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
    encoding: 'utf8',
  });
  assert.match(stderr, /KilMode/);
});

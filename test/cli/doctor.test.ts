// `raw-exec doctor`: what this host gives to tasks.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { test } from 'node:test';
import { readHostLayout } from '../../src/cgroup/host-layout.ts';
import type { HostReport } from '../../src/host/host-report.ts';
import { cliFile, runCli } from '../helpers/command-line.ts';
import { Terminal } from '../helpers/terminal.ts';

test('the table is plain text in 80 columns, and ends well', async () => {
  const { stdout, stderr, code } = await runCli(['doctor']);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  const lines = stdout.split('\n');
  assert.deepEqual(
    lines.filter((line) => line.length > 80 && line.trim().includes(' ')),
    [],
  );
  assert.ok(!stdout.includes('\u001b'));
  assert.deepEqual(
    lines.filter((line) => line !== line.trimEnd()),
    [],
  );
  assert.ok(lines[0]?.startsWith(`Linux ${release()} on `));
  for (const title of ['Containment of a task', 'Kernel features', 'Limits', 'Advice']) {
    assert.ok(lines.includes(title), `no section ${title}`);
  }
});

test('the JSON is what the host is, and nothing that was tried is left', async () => {
  const { stdout, code } = await runCli(['doctor', '--json']);
  assert.equal(code, 0);
  const report = JSON.parse(stdout) as HostReport;
  const layout = readHostLayout();
  assert.equal(report.cgroups.mode, layout.mode);
  assert.deepEqual(report.cgroups.controllers, layout.controllers);
  assert.equal(report.user.uid, process.geteuid?.());
  assert.equal(report.containment.reason === undefined, report.containment.parents.length > 0);
  assert.equal(
    report.containment.level === 'process-tree',
    report.containment.parents.length === 0,
  );
  for (const { name, state, instead } of report.features) {
    assert.ok(['present', 'absent', 'unknown'].includes(state), name);
    assert.ok(instead.length > 0, name);
  }
});

test('a configured parent is where the groups are, and it is gone afterwards', async (t) => {
  const parent = `raw-exec-test-doctor-${process.pid}`;
  const { stdout, stderr, code } = await runCli(['doctor', '--json', '--cgroup-parent', parent]);
  if (code === 1 && /ERR_|EACCES|no cgroup/i.test(stderr)) {
    t.skip(`groups cannot be made here: ${stderr}`);
    return;
  }
  const { containment } = JSON.parse(stdout) as HostReport;
  assert.ok(containment.parents.length > 0);
  assert.ok(containment.parents.every((directory) => directory.endsWith(`/${parent}`)));
  assert.deepEqual(
    containment.parents.filter((directory) => existsSync(directory)),
    [],
  );
});

test('a parent that cannot be used is told in one paragraph', async () => {
  const { stdout, stderr, code } = await runCli(['doctor', '--cgroup-parent', '/tmp/x']);
  assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
  assert.match(
    stderr,
    /^raw-exec doctor: cannot make task groups in \/tmp\/x: it is not below a cgroup mount\. .*\n$/,
  );
});

test('in a terminal headings stand out, and NO_COLOR makes the text plain', async () => {
  for (const [noColour, escapes] of [
    ['', true],
    ['1', false],
  ] as const) {
    const env = { ...process.env, NO_COLOR: noColour, TERM: 'xterm' };
    await using terminal = new Terminal(process.execPath, [cliFile, 'doctor'], { env });
    const { exitCode } = await terminal.end();
    assert.equal(exitCode, 0);
    assert.equal(terminal.screen.includes('\u001b[1mLimits'), escapes);
    assert.ok(terminal.screen.includes('Limits'));
  }
});

// Disks that are full, read-only or do not answer, under the logs and under the state directory: one fault a test, each real.

import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../helpers/eventually.ts';
import { mountFreezableDisk, mountSmallDisk } from '../helpers/file-systems.ts';
import { keeperFolder } from '../helpers/keeper-folder.ts';
import { keptTasks, logOf } from '../helpers/kept-tasks.ts';
import { keptTest } from '../helpers/kept-test.ts';
import { lastingFolder } from '../helpers/temporary-folder.ts';

const smallBytes = 64 * 1024;
const largeBytes = 32 * 1024 * 1024;
/** More than the small disk and a FIFO take together. */
const lineCount = 250_000;
const line = 'so many bytes...'; // 16, and the end
const writeAll = `yes '${line}' | head -n ${lineCount}`;
const allBytes = lineCount * (line.length + 1);

keptTest(
  'A full disk of logs makes its own task wait and no other, and with room again all of it is there.',
  async (t) => {
    const directory = join(lastingFolder(t), 'logs');
    const disk = mountSmallDisk(t, directory, smallBytes);
    if (disk === undefined) return;
    const tasks = await keptTasks(t);
    await tasks.start('full', `${writeAll}; exit 3`, { directory, maxFileSizeBytes: largeBytes });
    await eventually('the pump is refused', async () => {
      const { stdout } = await tasks.driver.taskLogStatus('full');
      return stdout?.blockedBy === 'ENOSPC' || undefined;
    });
    assert.equal(await tasks.run('other', 'exit 4'), 4);
    assert.equal((await tasks.driver.inspectTask('full')).state, 'running');
    disk.grow(largeBytes);
    assert.equal((await tasks.driver.waitTask('full')).exitCode, 3);
    await eventually(
      'all is written',
      () => logOf(directory, 'full').length === allBytes || undefined,
    );
    assert.equal(logOf(directory, 'full'), `${line}\n`.repeat(lineCount));
  },
);

keptTest(
  'A full disk of logs that may drop stops nobody, and the log says how much is missing.',
  async (t) => {
    const directory = join(lastingFolder(t), 'logs');
    const disk = mountSmallDisk(t, directory, smallBytes);
    if (disk === undefined) return;
    const tasks = await keptTasks(t);
    const script = `${writeAll}; >written; until [ -e go ]; do sleep 0.02; done; echo last; exit 3`;
    await tasks.start('drop', script, {
      directory,
      maxFileSizeBytes: largeBytes,
      whenFull: 'drop',
    });
    await tasks.untilThere('written');
    disk.grow(largeBytes);
    // What comes before it is tried again is dropped as well.
    await eventually('the log goes on', () => {
      return logOf(directory, 'drop').includes('bytes of output dropped') || undefined;
    });
    writeFileSync(join(tasks.folder, 'go'), '');
    assert.equal((await tasks.driver.waitTask('drop')).exitCode, 3);
    await eventually('the last line is written', () => {
      return logOf(directory, 'drop').endsWith('last\n') || undefined;
    });
    const marks = [...logOf(directory, 'drop').matchAll(/^raw-exec: (\d+) bytes .*\n/gm)];
    assert.ok(marks.length > 0, 'a mark says what is missing');
    const missing = marks.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
    const rest = logOf(directory, 'drop').replaceAll(/^raw-exec: .*\n/gm, '');
    // A line that was cut off by the full disk has got an end before the mark.
    const cuts = [...rest.matchAll(/^(.{0,15})\n/gm)].filter(([, text]) => text !== 'last').length;
    assert.equal(rest.length - cuts + missing, allBytes + 'last\n'.length);
  },
);

keptTest(
  'A full state directory refuses starts and nothing else, and takes them with room again.',
  async (t) => {
    const stateDirectory = keeperFolder(t);
    if (mountSmallDisk(t, stateDirectory, 256 * 1024) === undefined) return;
    const tasks = await keptTasks(t, stateDirectory);
    await tasks.startPatient('first');
    const filler = join(stateDirectory, 'filler');
    assert.throws(() => writeFileSync(filler, Buffer.alloc(512 * 1024)), { code: 'ENOSPC' });
    await assert.rejects(tasks.start('refused', 'exit 0'), { code: 'ERR_KEEPER_STATE', errno: 28 });
    tasks.finish('first');
    const exit = await tasks.driver.waitTask('first');
    assert.deepEqual([exit.exitCode, exit.isStatusKnown], [7, true]);
    rmSync(filler);
    await eventually('its end is on disk', () => hasExitRecord(stateDirectory) || undefined);
    assert.equal(await tasks.run('next', 'exit 5'), 5);
  },
);

function hasExitRecord(stateDirectory: string): boolean {
  const folder = join(stateDirectory, 'tasks');
  return readdirSync(folder).some((name) => {
    return name.endsWith('.exit') && statSync(join(folder, name)).size > 0;
  });
}

keptTest(
  'A read-only state directory refuses starts; ends are exact, and on disk when it is writable again.',
  async (t) => {
    const stateDirectory = keeperFolder(t);
    const disk = mountSmallDisk(t, stateDirectory, largeBytes);
    if (disk === undefined) return;
    const tasks = await keptTasks(t, stateDirectory);
    await tasks.startPatient('first');
    disk.makeReadOnly();
    await assert.rejects(tasks.start('refused', 'exit 0'), { code: 'ERR_KEEPER_STATE', errno: 30 });
    tasks.finish('first');
    const exit = await tasks.driver.waitTask('first');
    assert.deepEqual([exit.exitCode, exit.isStatusKnown], [7, true]);
    await assert.rejects(tasks.driver.destroyTask('first'), {
      code: 'ERR_KEEPER_STATE',
      errno: 30,
    });
    disk.makeWritable();
    await eventually('its end is on disk', () => hasExitRecord(stateDirectory) || undefined);
    assert.equal(await tasks.run('next', 'exit 5'), 5);
  },
);

keptTest(
  'While a disk of logs does not answer, all other tasks are started, stopped and seen to end.',
  async (t) => {
    const directory = join(lastingFolder(t), 'logs');
    const disk = mountFreezableDisk(t, directory);
    if (disk === undefined) return;
    const tasks = await keptTasks(t);
    await tasks.startPatient('before');
    await tasks.start('ended', 'exec sleep 1000');
    const script = `echo first; until [ -e go ]; do sleep 0.02; done; ${writeAll}; exit 3`;
    await tasks.start('stalled', script, { directory, maxFileSizeBytes: largeBytes });
    await eventually('its log works', () => logOf(directory, 'stalled') === 'first\n' || undefined);
    disk.freeze();
    writeFileSync(join(tasks.folder, 'go'), '');
    assert.equal(await tasks.run('other', 'exit 4'), 4);
    const { exit: stopped } = await tasks.driver.stopTask('ended', { timeoutMs: 10_000 });
    assert.ok(stopped !== undefined);
    tasks.finish('before');
    assert.equal((await tasks.driver.waitTask('before')).exitCode, 7);
    assert.equal((await tasks.driver.inspectTask('stalled')).state, 'running');
    disk.thaw();
    assert.equal((await tasks.driver.waitTask('stalled')).exitCode, 3);
    const whole = `first\n${`${line}\n`.repeat(lineCount)}`;
    await eventually('all is written', () => {
      return logOf(directory, 'stalled').length === whole.length || undefined;
    });
    assert.equal(logOf(directory, 'stalled'), whole);
  },
);

// What a worker thread leaves running is looked after when the thread is gone.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { moduleUrl } from '../helpers/library.ts';
import { untilEnded } from '../helpers/process-end.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

guardAgainstLeaks();

test('killGroupAtExit holds for a process whose worker thread has ended', async (t) => {
  const folder = temporaryFolder(t);
  const [pidFile, goFile] = [join(folder, 'pid'), join(folder, 'go')];
  const script = 'sleep 300 & echo $! > "$0"; until [ -e "$1" ]; do sleep 0.01; done';
  const worker = new Worker(
    `import(${JSON.stringify(moduleUrl('process/spawn'))}).then(({ spawn }) => {
      const options = { stdio: 'ignore', processGroup: 'new', killGroupAtExit: true };
      spawn('/bin/sh', ['-c', ${JSON.stringify(script)}, ...${JSON.stringify([pidFile, goFile])}], options);
    });`,
    { eval: true },
  );
  const pid = await eventually('the process has told the pid of its child', () => {
    const text = existsSync(pidFile) ? readFileSync(pidFile, 'utf8') : '';
    return text.endsWith('\n') ? text.trim() : undefined;
  });
  await worker.terminate();
  assert.ok(existsSync(`/proc/${pid}`), 'the end of the worker alone ends nothing');
  writeFileSync(goFile, '');
  await untilEnded(pid);
});

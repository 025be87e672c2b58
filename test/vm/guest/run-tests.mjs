// Runs in the guest, once for each mode: the C++ tests, then the test files, and looks what they have left behind.
// Arguments: the files; `core:PATH` is the program of the C++ tests.

import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { watchLeftovers } from '../../../scripts/lib/leftovers.mjs';
import { inRoot } from '../../../scripts/lib/paths.mjs';

const eventsFile = '/run/vm/events';
const mode = process.env.RAW_EXEC_VM_MODE;
const fileTimeoutMs = 600_000;
const corePrefix = 'core:';

const tell = (event) => appendFileSync(eventsFile, `${JSON.stringify({ mode, ...event })}\n`);

function runCoreTests(program, env) {
  const file = 'core_tests';
  const startedAt = performance.now();
  const { stdout, stderr, status, signal } = spawnSync(program, [], {
    env,
    encoding: 'utf8',
    timeout: fileTimeoutMs,
    killSignal: 'SIGKILL',
  });
  for (const [, name, rest] of stdout.matchAll(/^\[ {2}SKIPPED \] (\S+)(.*)$/gm)) {
    if (rest !== '') tell({ type: 'skip', file, title: name, reason: 'see the C++ test' });
  }
  const ms = performance.now() - startedAt;
  const title = 'the C++ tests of the engine';
  if (status === 0) tell({ type: 'pass', file, title, ms });
  else tell({ type: 'fail', file, title, ms, error: `${status ?? signal}\n${stdout}\n${stderr}` });
}

/** One file at a time: a fork bomb in one would take the time of all others. */
function runFiles(files, env) {
  const args = [
    '--enable-source-maps',
    '--test',
    '--test-concurrency=1',
    `--test-timeout=${fileTimeoutMs}`,
    `--test-reporter=${inRoot('scripts/lib/vm/events-reporter.mjs')}`,
    `--test-reporter-destination=${eventsFile}`,
    ...files,
  ];
  const { status, signal } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  // 1: tests have failed, and each has been told.
  if (status !== 0 && status !== 1) {
    tell({ type: 'fail', title: 'node --test', error: `ended with ${status ?? signal}` });
  }
}

const leftovers = watchLeftovers();
const [core, files] = [true, false].map((isCore) =>
  process.argv.slice(2).filter((name) => name.startsWith(corePrefix) === isCore),
);
for (const program of core) runCoreTests(program.slice(corePrefix.length), leftovers.env);
if (files.length > 0) runFiles(files, leftovers.env);
for (const line of await leftovers.finish()) {
  tell({ type: 'fail', title: 'nothing is left behind', error: line });
}

// Runs in the guest, once for each mode: the C++ tests, then the test files, and looks what they have left behind.
// Arguments: the files; `core:PATH` is the program of the C++ tests.

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchLeftovers } from '../../../scripts/lib/leftovers.mjs';
import { inRoot } from '../../../scripts/lib/paths.mjs';

const eventsFile = '/run/vm/events';
const mode = process.env.RAW_EXEC_VM_MODE;
const coreTimeoutMs = 600_000;
const corePrefix = 'core:';

const tell = (event) => appendFileSync(eventsFile, `${JSON.stringify({ mode, ...event })}\n`);

/**
 * What is left out is no matter of the kernel: ways of starting that leave out what a kernel has (each guest has a kernel
 * that does), and a keeper that is killed at each moment of its upgrade, which takes minutes here.
 */
const leftOut = [
  '*/*Without*',
  '*/PlainOfAnOldKernel',
  '*/PlainInsteadOfCareful',
  'KeeperUpgradeKill.*',
];

function runCoreTests(program, env) {
  const file = 'core_tests';
  const startedAt = performance.now();
  const { stdout, stderr, status, signal } = spawnSync(
    program,
    [`--gtest_filter=-${leftOut.join(':')}`],
    {
      env,
      encoding: 'utf8',
      timeout: coreTimeoutMs,
      killSignal: 'SIGKILL',
    },
  );
  for (const [, name, rest] of stdout.matchAll(/^\[ {2}SKIPPED \] (\S+)(.*)$/gm)) {
    if (rest !== '') tell({ type: 'skip', file, title: name, reason: 'see the C++ test' });
  }
  const ms = performance.now() - startedAt;
  const title = 'the C++ tests of the engine';
  if (status === 0) tell({ type: 'pass', file, title, ms });
  else tell({ type: 'fail', file, title, ms, error: `${status ?? signal}\n${stdout}\n${stderr}` });
}

/** @returns how it ended, and which file it was at when it ended too early. */
function runProcess(files, { env, progressFile }) {
  writeFileSync(progressFile, '');
  const args = [
    '--enable-source-maps',
    `--test-reporter=${inRoot('scripts/lib/vm/events-reporter.mjs')}`,
    `--test-reporter-destination=${eventsFile}`,
    inRoot('test/vm/guest/run-in-turn.mjs'),
    progressFile,
    ...files,
  ];
  const { status, signal } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  const last = readFileSync(progressFile, 'utf8').trimEnd().split('\n').at(-1);
  return { end: status ?? signal, unfinished: last === 'end' ? undefined : last };
}

/** A file that ends the process is told of, and those behind it run in another one. */
function runFiles(files, { env, progressFile }) {
  let rest = files;
  while (rest.length > 0) {
    const { end, unfinished } = runProcess(rest, { env, progressFile });
    if (unfinished === undefined) {
      // 1: tests have failed, and each has been told.
      if (end !== 0 && end !== 1) tell({ type: 'fail', title: 'node', error: `ended with ${end}` });
      return;
    }
    const error = `it ended the process of the tests: ${end}`;
    tell({ type: 'fail', file: unfinished, title: 'the file runs to its end', error });
    // One that has ended before its first word is the first one's fault.
    rest = rest.slice(Math.max(1, rest.indexOf(unfinished) + 1));
  }
}

const leftovers = watchLeftovers();
const [core, files] = [true, false].map((isCore) =>
  process.argv.slice(2).filter((name) => name.startsWith(corePrefix) === isCore),
);
for (const program of core) runCoreTests(program.slice(corePrefix.length), leftovers.env);
// Beside the files of the tests: what lies there at the end is a leftover.
const ownFolder = mkdtempSync(join(tmpdir(), 'raw-exec-vm-'));
runFiles(files, { env: leftovers.env, progressFile: join(ownFolder, 'progress') });
rmSync(ownFolder, { recursive: true });
for (const line of await leftovers.finish()) {
  tell({ type: 'fail', title: 'nothing is left behind', error: line });
}

// Runs compiled tests by node:test, a process per file, and looks afterwards what they have left behind.

import { watchLeftovers } from './leftovers.mjs';
import { inRoot, root } from './paths.mjs';
import { CommandError, runCommand } from './run-command.mjs';
import { forgetSkippedTests, reportSkippedTests, skippedFile } from './skipped-tests.mjs';

/** Two at a time: the machines that we promise times for have two cores. */
const concurrency = 2;
/** No test file takes this long; one that hangs must not take the run with it. */
const fileTimeoutMs = 180_000;

const nodeArguments = [
  '--enable-source-maps',
  '--test',
  `--test-concurrency=${concurrency}`,
  `--test-timeout=${fileTimeoutMs}`,
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  `--test-reporter=${inRoot('scripts/lib/skipped-reporter.mjs')}`,
  `--test-reporter-destination=${skippedFile}`,
];

/** `wrapper`: a command that gets `node …` as its arguments (coverage); `env`: more variables. */
export async function runTests(files, { env = {}, nodeOptions = [], wrapper = [] } = {}) {
  forgetSkippedTests();
  const leftovers = watchLeftovers();
  const [command, ...args] = [
    ...wrapper,
    process.execPath,
    ...nodeOptions,
    ...nodeArguments,
    ...files,
  ];
  const problems = [];
  try {
    await runCommand(command, args, { cwd: root, env: { ...leftovers.env, ...env } });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    problems.push('tests failed');
  }
  problems.push(...reportSkippedTests());
  problems.push(...(await leftovers.finish()).map((line) => `left behind: ${line}`));
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

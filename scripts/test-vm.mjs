// npm run test:vm: the tests on other kernels and under other cgroup layouts, in throw-away guests. See test/vm/README.md.

import { parseArgs } from 'node:util';
import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { testFiles } from './lib/test-files.mjs';
import { chooseKernels, chooseModes, filesOf, planBoots, testCommand } from './lib/vm/plan.mjs';
import { prepare } from './lib/vm/prepare.mjs';
import { buildPrograms } from './lib/vm/programs.mjs';
import {
  describeEvent,
  describeFailure,
  describeRecord,
  describeSkipped,
  describeTimes,
  describeTotals,
  isFailed,
} from './lib/vm/report.mjs';
import { runBoots } from './lib/vm/run-boots.mjs';

const usage = `npm run test:vm -- [FILTER…]     runs the test files whose path has one of these
  --kernel VERSION   only this kernel; may be repeated
  --mode NAME        only this mode; may be repeated
  --list             shows kernels, modes and what runs in them
  --shell COMMAND    runs a shell command there instead of tests, and shows what it writes
  --times            shows each test as it ends, what was skipped by name, and how long each file took
  --prepare          only fetches what is needed`;

/** Several times what a boot takes on two idle cores: it only decides how long a run that hangs takes. */
const bootLimitMs = 1_800_000;

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      kernel: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean' },
      mode: { type: 'string', multiple: true, default: [] },
      prepare: { type: 'boolean' },
      shell: { type: 'string' },
      times: { type: 'boolean' },
    },
  });
}

function list(kernelList, modeList) {
  console.log(`kernels: ${kernelList.map(({ version }) => version).join(', ')}`);
  for (const { name, about, tests } of modeList) {
    console.log(`${name.padEnd(13)} ${about}\n${' '.repeat(14)}${tests.join(' ')}`);
  }
}

async function runShell(kernelList, modeList, command) {
  const boots = planBoots({ kernelList, modeList, commandOf: () => command });
  const records = await runBoots(boots, {
    limitMs: bootLimitMs,
    onText: (stream, text) => process[stream].write(text),
    onRecord: ({ kernel, mode, code, problem }) =>
      console.log(`${kernel.version} ${mode.name}: ${problem ?? `code ${code}`}`),
  });
  if (records.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
}

async function runTests(kernelList, modeList, { filters, withTimes }) {
  const startedAt = performance.now();
  await build({ withTests: true });
  await buildPrograms();
  const all = testFiles('build/js', []);
  const boots = planBoots({
    kernelList,
    modeList,
    commandOf: (mode) => {
      const files = filesOf(mode, all, filters);
      return files.length === 0 ? undefined : testCommand(files);
    },
  });
  if (boots.length === 0)
    throw new Error(`no test of these modes has any of: ${filters.join(', ')}`);
  const records = await runBoots(boots, {
    limitMs: bootLimitMs,
    onRecord: (record) => console.log(describeRecord(record)),
    onEvent: (record, event) => {
      if (event.type === 'fail') console.log(describeFailure(record, event));
      else if (withTimes) console.log(describeEvent(record, event));
    },
  });
  console.log(describeSkipped(records, { withTests: withTimes }));
  if (withTimes) console.log(`\n${describeTimes(records)}`);
  const ms = performance.now() - startedAt;
  console.log(`\n${describeTotals(records, { boots: boots.length, ms })}`);
  const failed = records.filter(isFailed);
  if (failed.length > 0) {
    const names = failed.map(({ kernel, mode }) => `${kernel.version} ${mode.name}`).join(', ');
    throw new Error(`failed: ${names}`);
  }
}

await main(async () => {
  const { values, positionals } = readArguments();
  if (values.help) return console.log(usage);
  const kernelList = chooseKernels(values.kernel);
  const modeList = chooseModes(values.mode);
  if (values.list) return list(kernelList, modeList);
  await ensureInstalled();
  await prepare(kernelList);
  if (values.prepare) return undefined;
  if (values.shell !== undefined) return runShell(kernelList, modeList, values.shell);
  const options = { filters: positionals, withTimes: values.times };
  return runTests(kernelList, modeList, options);
});

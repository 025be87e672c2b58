// Owner of build/fuzz: the fuzzer of what others have written, its inputs, and what it has found.

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { cmakeFolder } from './cmake.mjs';
import { inRoot, root } from './paths.mjs';
import { CommandError, runCommand } from './run-command.mjs';
import { sanitizerOptions } from './sanitizers.mjs';

/** Kept inputs: each led somewhere that no other did, or was a finding once. */
const kept = inRoot('test/fuzz/corpus');
const seeds = inRoot('build/fuzz/seeds');
const grown = inRoot('build/fuzz/corpus');
const findings = inRoot('build/fuzz/findings');

const limits = ['-max_len=4096', '-timeout=10', '-rss_limit_mb=1024'];

const executable = (name) => inRoot(cmakeFolder('fuzz'), name);

/** Runs with a TMPDIR of its own: a process that ends over a finding tidies nothing up. */
async function run(name, args) {
  const temporary = mkdtempSync(join(tmpdir(), 'raw-exec-test-'));
  try {
    const env = { ...process.env, ...sanitizerOptions, TMPDIR: temporary };
    return await runCommand(executable(name), args, { env, quiet: true });
  } catch (error) {
    if (error instanceof CommandError) throw new Error(`${error.output}\n${explain(error)}`);
    throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Which input it was, and how to run it again: said last, where it is seen. */
function explain(error) {
  const [, file] = /Test unit written to (\S+)/.exec(error.output) ?? [];
  if (file === undefined) return error.message;
  const path = relative(root, file);
  return `found something; the input is ${path}. Run it again:  npm run test:fuzz -- ${path}`;
}

/** Writes the seeds anew: they are of this build, whose plans and messages may be laid out differently from the last. */
export async function prepareFuzzer() {
  rmSync(seeds, { recursive: true, force: true });
  for (const folder of [seeds, grown, findings]) mkdirSync(folder, { recursive: true });
  await run('wire_seeds', [seeds]);
}

/** @returns what libFuzzer has said about the run */
export function runInputs(files) {
  return run('wire_fuzzer', [...limits, ...files]);
}

/** The seeds and the kept inputs, once each; tells how many there are. */
export async function runKept() {
  const files = [seeds, kept].flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  await run('wire_fuzzer', [...limits, `-artifact_prefix=${findings}/`, ...files]);
  return files.length;
}

/** @returns `{ inputs, covered, places }`: how many inputs were tried, and how many places of the code they have reached */
export async function fuzz(seconds) {
  const output = await run('wire_fuzzer', [
    ...limits,
    `-max_total_time=${seconds}`,
    `-artifact_prefix=${findings}/`,
    '-print_final_stats=1',
    grown,
    seeds,
    kept,
  ]);
  const number = (pattern) => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? Number.NaN);
  return {
    inputs: number(/number_of_executed_units: (\d+)/g),
    covered: number(/ cov: (\d+) /g),
    places: number(/\((\d+) inline 8-bit counters\)/g),
  };
}

/** Keeps of all that was found to lead somewhere the fewest inputs that lead there too. */
export async function keepFewest() {
  const fewest = inRoot('build/fuzz/fewest');
  rmSync(fewest, { recursive: true, force: true });
  mkdirSync(fewest);
  await run('wire_fuzzer', [
    ...limits,
    '-set_cover_merge=1',
    '-use_counters=0',
    fewest,
    seeds,
    kept,
    grown,
  ]);
  return fewest;
}

// The benchmark's main program: finds the rivals, runs the cases, writes the report.

import { existsSync } from 'node:fs';
import { readBars } from './bars.ts';
import { type Case, makeCases } from './cases.ts';
import { makeCgroups } from './cgroups.ts';
import { runCommand } from './command.ts';
import {
  describeCommit,
  describeMachine,
  maxDescriptors,
  pinnedCpu,
  placeTargets,
} from './machine.ts';
import { renderBars } from './markdown.ts';
import { help, type Options, readArguments } from './options.ts';
import { writeReadme, writeResults } from './output.ts';
import { benchFolder } from './paths.ts';
import { buildLogCarrier, buildTargets } from './programs.ts';
import type { Results, Row } from './results.ts';
import { findRivals } from './rivals.ts';
import { type Extent, runCase } from './run-case.ts';

function installRivals(mode: Options['mode']): void {
  if (mode === 'smoke' || existsSync(`${benchFolder}node_modules`)) return;
  console.log('installing the rivals (bench/package.json)…');
  try {
    runCommand('npm', ['install', '--ignore-scripts'], benchFolder);
  } catch (error) {
    // Without a network they are absent, and named so.
    console.error(error instanceof Error ? error.message : error);
  }
}

function chooseCases(all: readonly Case[], only: readonly string[]): readonly Case[] {
  const names = all.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`no case ${unknown}; there are ${names.join(', ')}`);
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (options.isHelpWanted) {
    console.log(help);
    return;
  }
  const started = performance.now();
  installRivals(options.mode);
  buildTargets();
  const { present, absent } = findRivals();
  for (const { name, reason } of absent) console.log(`absent: ${name}: ${reason}`);
  const { noop, sleeper, tree, writer } = placeTargets();
  const groups = makeCgroups();
  const where = {
    groupV2: groups.v2,
    groupV1: groups.v1,
    isRoot: process.getuid?.() === 0,
    maxFds: maxDescriptors(),
    noop,
    writer,
    tree,
    logCarrier: buildLogCarrier(),
  };
  const extent: Extent = {
    mode: options.mode,
    rivals: present,
    cpu: pinnedCpu(),
    targets: { target: noop, sleeper },
  };
  const cases = chooseCases(makeCases(where), options.only);
  const { rows, failures } = await runCases(cases, extent);
  const results: Results = {
    schema: 1,
    mode: options.mode,
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine: describeMachine(),
    seconds: Math.round((performance.now() - started) / 1000),
    rivals: [...present.values()].map(({ name, version }) => ({ name, version })),
    absent,
    cases: cases.map(({ name, title, skipped }) => ({
      name,
      title,
      ...(skipped === undefined ? {} : { skipped }),
    })),
    rows,
    failures,
  };
  const files = writeResults(results, options.out);
  if (options.isForReadme) writeReadme(results);
  if (options.mode !== 'smoke') console.log(`\n${renderBars(readBars(results))}`);
  console.log(`\n${rows.length} results in ${results.seconds} s: ${files}`);
  if (failures.length > 0) throw new Error(`${failures.length} failed:\n${failures.join('\n')}`);
}

async function runCases(
  cases: readonly Case[],
  extent: Extent,
): Promise<{ rows: readonly Row[]; failures: readonly string[] }> {
  const rows: Row[] = [];
  const failures: string[] = [];
  for (const one of cases) {
    if (one.skipped !== undefined) {
      console.log(`skipped: ${one.name}: ${one.skipped}`);
      continue;
    }
    const started = performance.now();
    // A smoke run asks only whether everything works: pinned or not makes no difference to that.
    const inSmoke = one.rounds.pinned > 0 ? 'pinned' : 'free';
    const pinnings = extent.mode === 'smoke' ? ([inSmoke] as const) : (['pinned', 'free'] as const);
    for (const pinning of pinnings) {
      const part = await runCase(one, pinning, extent);
      rows.push(...part.rows);
      failures.push(...part.failures);
    }
    console.log(`${one.name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return { rows, failures };
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

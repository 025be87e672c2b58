// Owner of one case's run: its entries in turn, each time in a fresh process.

import { writeFileSync } from 'node:fs';
import type { Case, Entry } from './cases.ts';
import { buildFolder, workerFile } from './paths.ts';
import { buildReaper } from './programs.ts';
import type { Pinning, Row } from './results.ts';
import type { Rival, RivalName } from './rivals.ts';
import { summarize } from './statistics.ts';
import { runWorker, type WorkerResult } from './worker-process.ts';

/** How long a run may be. */
export interface Extent {
  readonly mode: 'full' | 'quick' | 'smoke';
  readonly rivals: ReadonlyMap<RivalName, Rival>;
  /** The CPU for the pinned rounds. */
  readonly cpu: number;
  readonly targets: { readonly target: string; readonly sleeper: string };
}

interface Samples {
  readonly call: number[][];
  readonly seen: number[][];
  readonly perSecond: number[][];
  readonly figures: Map<string, number[][]>;
}

/** @returns one row for each entry whose rival is present, and what went wrong with the others. */
export async function runCase(
  one: Case,
  pinning: Pinning,
  extent: Extent,
): Promise<{ readonly rows: readonly Row[]; readonly failures: readonly string[] }> {
  const entries = one.entries.filter(({ rival }) => extent.rivals.has(rival));
  const samples = entries.map(
    (): Samples => ({
      call: [],
      seen: [],
      perSecond: [],
      figures: new Map(),
    }),
  );
  const failures: string[] = [];
  const failed = new Set<Entry>();
  const rounds = extent.mode === 'full' ? one.rounds[pinning] : Math.min(1, one.rounds[pinning]);
  for (let round = 0; round < rounds; round += 1) {
    // Back and forth, so that a machine that grows slower or faster does so for all alike.
    const order = [...entries.keys()];
    if (round % 2 === 1) order.reverse();
    for (const at of order) {
      const entry = entries[at];
      const into = samples[at];
      if (entry === undefined || into === undefined || failed.has(entry)) continue;
      try {
        add(into, await runEntry(one, entry, pinning, extent));
      } catch (error) {
        // The others go on; the run as a whole fails in the end.
        failed.add(entry);
        const message = error instanceof Error ? error.message : String(error);
        failures.push(`${one.name}, ${entry.rival}, ${entry.load}, ${pinning}: ${message}`);
      }
    }
  }
  const rows = entries
    .map((entry, at) => ({ entry, of: samples[at] }))
    .filter(({ entry, of }) => !failed.has(entry) && (of?.call.length ?? 0) > 0)
    .map(({ entry, of }) => makeRow(one, entry, pinning, of));
  return { rows, failures };
}

async function runEntry(
  one: Case,
  entry: Entry,
  pinning: Pinning,
  extent: Extent,
): Promise<WorkerResult> {
  const rival = extent.rivals.get(entry.rival);
  if (rival === undefined) throw new Error('absent');
  const settings = {
    ...extent.targets,
    ...one.settings,
    ...entry.settings,
    ...reduced(one, entry, extent),
  };
  const given = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  const cpu = pinning === 'pinned' ? extent.cpu : undefined;
  if (one.mode === 'stop') {
    const library = `library=${buildFolder}containment.js`;
    const worker = rival.isJavaScript
      ? [process.execPath, workerFile('stop'), library]
      : [...rival.command, `mode=${one.mode}`];
    return runWorker([buildReaper(), ...worker, ...given], cpu);
  }
  if (one.worker !== undefined)
    return runWorker([process.execPath, workerFile(one.worker), ...given], cpu);
  if (one.mode !== 'import')
    return runWorker([...rival.command, `mode=${one.mode}`, ...given], cpu);
  const library = rival.command.find((part) => part.startsWith('library=')) ?? '';
  const command = [process.execPath, workerFile('import-time'), library, ...given];
  const { call } = await runWorker(
    command.filter((part) => part !== ''),
    cpu,
  );
  const program = writeImporter(given.concat(library));
  const started = performance.now();
  await runWorker([process.execPath, program], cpu);
  return { call, seen: [(performance.now() - started) * 1e6], perSecond: undefined, figures: {} };
}

/** A program that does what most do: an import statement, or none. */
function writeImporter(settings: readonly string[]): string {
  const name = settings.find((part) => part.startsWith('library='))?.slice('library='.length) ?? '';
  const program = `${buildFolder}workers/importer.mjs`;
  const statement = name === '' ? '' : `import ${JSON.stringify(name)};\n`;
  writeFileSync(program, `${statement}process.stdout.write('{}\\n');\n`);
  return program;
}

/** What overrules the settings of a short run: it asks whether things work, so the loads are small too. */
function reduced(one: Case, entry: Entry, { mode }: Extent): Readonly<Record<string, number>> {
  if (mode === 'full') return {};
  const small = (key: string, value: number): Readonly<Record<string, number>> =>
    key in entry.settings ? { [key]: Math.min(Number(entry.settings[key]), value) } : {};
  // A figure is of one run over all that there is, which no time limits.
  const isFigures = one.mode === 'figures';
  if (mode === 'quick')
    return {
      maxMs: 150,
      ...(isFigures ? { ...small('children', 500), ...small('bytes', 50e6) } : {}),
      ...small('seconds', 5),
    };
  return {
    iterations: one.mode === 'throughput' ? 70 : 3,
    warmup: 1,
    maxMs: 200,
    ...small('memoryMb', 50),
    ...small('children', 20),
    ...(one.mode === 'stop' ? small('targetArgument', 20) : {}),
    ...small('fds', 500),
    ...small('bytes', 2e6),
    ...small('seconds', 1),
    ...small('repeats', 5),
  };
}

function add(into: Samples, { call, seen, perSecond, figures }: WorkerResult): void {
  into.call.push(call.map((ns) => ns / 1000));
  into.seen.push(seen.map((ns) => ns / 1000));
  into.perSecond.push(perSecond === undefined ? [] : [perSecond]);
  for (const [heading, value] of Object.entries(figures)) {
    const rounds = into.figures.get(heading) ?? [];
    rounds.push([value]);
    into.figures.set(heading, rounds);
  }
}

function makeRow(one: Case, entry: Entry, pinning: Pinning, of: Samples | undefined): Row {
  const key = { case: one.name, rival: entry.rival, load: entry.load, pinning };
  if (of === undefined) return key;
  if (one.mode === 'figures') {
    const all = [...of.figures].map(([heading, rounds]) => [heading, summarize(rounds)] as const);
    return { ...key, figures: Object.fromEntries(all) };
  }
  if (one.mode === 'throughput') return { ...key, perSecond: summarize(of.perSecond) };
  return { ...key, call: summarize(of.call), seen: summarize(of.seen) };
}

// Every code sample of README.md and docs/ is run, TypeScript ones are compiled strictly before.
// Behind the language may stand: `continued` (starts with the earlier samples of the file), `exit=N`, `not-run: why`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { type DocSample, findSamples, type SampleLanguage } from '../helpers/doc-samples.ts';
import { endKeeper } from '../helpers/keeper-folder.ts';
import { removeKeeperGroups } from '../helpers/keeper-groups.ts';
import { unmountBelow } from '../helpers/mounts.ts';
import { repoRoot } from '../helpers/repo-root.ts';

// Inside the repository, so that `import … from 'raw-exec'` means this package.
mkdirSync(join(repoRoot, 'build'), { recursive: true });
const workDir = mkdtempSync(join(repoRoot, 'build/doc-samples-'));
const programs = join(workDir, 'programs');

after(async () => {
  // Of samples with an agent: its keeper stays for the next one.
  for (const name of readdirSync(workDir)) await endKeeper(join(workDir, name, 'state/keeper'));
  removeKeeperGroups();
  await unmountBelow(workDir);
  rmSync(workDir, { recursive: true, force: true });
});

function documents(): readonly string[] {
  const docs = readdirSync(join(repoRoot, 'docs'), { recursive: true, encoding: 'utf8' });
  return [
    'README.md',
    ...docs.filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
  ];
}

function writeCommand(): void {
  mkdirSync(programs);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${join(repoRoot, 'dist/cli.js')}' "$@"\n`;
  writeFileSync(join(programs, 'raw-exec'), script, { mode: 0o755 });
}

/** The folder that a sample runs in: the examples are there, as in a checkout. */
function sampleFolder(): string {
  const folder = mkdtempSync(join(workDir, 'sample-'));
  cpSync(join(repoRoot, 'examples'), join(folder, 'examples'), { recursive: true });
  return folder;
}

function run(command: string, args: readonly string[], cwd: string, exitCode: number): void {
  const path = [programs, process.env['PATH']].join(delimiter);
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    timeout: 60_000,
  });
  const end = result.signal ?? result.status;
  assert.equal(end, exitCode, `${result.stdout}${result.stderr}`);
}

/** One compilation for all of them: starting the compiler takes longer than a sample. */
function compileAll(): void {
  const config = {
    extends: join(repoRoot, 'tsconfig.json'),
    compilerOptions: {
      ...{ rootDir: '.', outDir: '.', declarationDir: null, declaration: false },
      ...{
        isolatedDeclarations: false,
        incremental: false,
        tsBuildInfoFile: null,
        sourceMap: false,
      },
      // A sample may show a value without using it.
      ...{ noUnusedLocals: false, noUnusedParameters: false },
      typeRoots: [join(repoRoot, 'node_modules/@types')],
    },
    include: ['sample-*/sample.ts'],
    exclude: [],
  };
  writeFileSync(join(workDir, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(repoRoot, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [tsc, '-p', workDir, '--pretty', 'false'], workDir, 0);
}

const fileNames: Readonly<Record<SampleLanguage, string>> = {
  ts: 'sample.ts',
  js: 'sample.js',
  sh: 'sample.sh',
  hcl: 'sample.nomad.hcl',
};

const runners: Readonly<Record<SampleLanguage, (folder: string, exitCode: number) => void>> = {
  ts: (folder, exitCode) => run(process.execPath, ['sample.js'], folder, exitCode),
  js: (folder, exitCode) => run(process.execPath, ['sample.js'], folder, exitCode),
  sh: (folder, exitCode) => run('bash', ['-euo', 'pipefail', 'sample.sh'], folder, exitCode),
  hcl: (folder, exitCode) =>
    run(join(programs, 'raw-exec'), ['validate', 'sample.nomad.hcl'], folder, exitCode),
};

/** What to run for a sample: its own code, behind the earlier ones that it continues. */
function wholeCode(sample: DocSample, samples: readonly DocSample[]): string {
  if (!sample.isContinuation) return sample.code;
  const earlier = samples
    .slice(0, samples.indexOf(sample))
    .filter(({ language, notRun }) => language === sample.language && notRun === undefined);
  return [...earlier, sample].map(({ code }) => code).join('\n');
}

interface PlacedSample extends DocSample {
  readonly place: string;
  readonly folder: string;
}

function placeSamples(document: string): readonly PlacedSample[] {
  const samples = findSamples(readFileSync(join(repoRoot, document), 'utf8'));
  return samples.map((sample) => {
    const folder = sampleFolder();
    const isRun = sample.notRun === undefined;
    if (isRun) writeFileSync(join(folder, fileNames[sample.language]), wholeCode(sample, samples));
    return { ...sample, folder, place: `${document}:${sample.line}` };
  });
}

writeCommand();
const samples = documents().flatMap(placeSamples);
const isCompiled = samples.some(
  ({ language, notRun }) => language === 'ts' && notRun === undefined,
);

if (isCompiled) test('the TypeScript samples of the documentation compile', compileAll);

for (const { language, place, folder, exitCode, notRun } of samples) {
  if (notRun === undefined) {
    test(`the ${language} sample of ${place} works`, () => runners[language](folder, exitCode));
  } else {
    test(`the ${language} sample of ${place} says why it is not run`, () => {
      assert.notEqual(notRun, '');
    });
  }
}

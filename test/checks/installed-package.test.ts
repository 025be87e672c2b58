// Packs the package, installs the tarball as a user with nothing but Node would, and uses it there.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { repoRoot } from '../helpers/repo-root.ts';

/** What the package needs at run time, all the way down: packed from node_modules, so that no registry is asked. */
const runtimePackages = ['bindings', 'file-uri-to-path', 'valibot'];

const workDir = mkdtempSync(join(tmpdir(), 'raw-exec-pack-'));
const tarballs = join(workDir, 'tarballs');
const project = join(workDir, 'project');
const programs = join(workDir, 'programs');

/** A PATH with the shell and Node, and without compilers. */
function pathWithoutCompilers(): string {
  mkdirSync(programs);
  symlinkSync(process.execPath, join(programs, 'node'));
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of ['sh', 'env', 'cat', 'echo']) {
    const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
    assert.ok(found, `no ${name} in PATH`);
    symlinkSync(found, join(programs, name));
  }
  return programs;
}

function pack(source: string): string {
  const output = execFileSync(
    'npm',
    ['pack', source, '--json', '--ignore-scripts', '--offline', '--pack-destination', tarballs],
    { cwd: repoRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const [packed] = JSON.parse(output) as { filename: string }[];
  assert.ok(packed);
  return join(tarballs, packed.filename);
}

function npmCli(): string {
  const npm = execFileSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' });
  return npm.trim();
}

let tarball = '';
let env: NodeJS.ProcessEnv = {};

function runInProject(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: project, env, encoding: 'utf8', timeout: 60_000 });
}

before(() => {
  mkdirSync(tarballs);
  mkdirSync(project);
  tarball = pack('.');
  const dependencies = runtimePackages.map((name) => pack(join(repoRoot, 'node_modules', name)));
  env = { PATH: pathWithoutCompilers(), HOME: workDir, TMPDIR: process.env['TMPDIR'] ?? '/tmp' };
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  runInProject(
    process.execPath,
    npmCli(),
    'install',
    '--ignore-scripts',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    tarball,
    ...dependencies,
  );
});

after(() => {
  rmSync(workDir, { recursive: true, force: true });
});

test('there is no compiler in the PATH of these tests', () => {
  for (const name of ['cc', 'gcc', 'g++', 'make', 'python3']) {
    assert.throws(() => runInProject('sh', '-c', `command -v ${name}`), name);
  }
});

test('a program that imports the installed package starts a process', () => {
  const program = `
    import { spawn } from 'raw-exec';
    const status = await spawn('sh', ['-c', 'exit 7']).exited;
    console.log(status.code);
  `;
  writeFileSync(join(project, 'program.js'), program);
  assert.equal(runInProject('node', 'program.js').trim(), '7');
});

test('what the installed package loads when it is needed is there at once', () => {
  const program = `
    import { followLogs, forwardSignals, spawn } from 'raw-exec';
    const codeOf = (call) => {
      try { call(); } catch (error) { return error.code; }
    };
    const child = spawn('cat', [], { stdio: ['pipe', 'inherit', 'inherit'] });
    const forwarding = forwardSignals(child);
    child.stdin.end();
    await child.exited;
    forwarding[Symbol.dispose]?.();
    console.log(codeOf(() => spawn('/etc/passwd')), codeOf(() => followLogs('no name')));
  `;
  writeFileSync(join(project, 'later.js'), program);
  const codes = runInProject('node', 'later.js').trim();
  assert.equal(codes, 'ERR_COMMAND_NOT_EXECUTABLE ERR_INVALID_OPTION');
});

test('the installed command runs a job file', () => {
  const job = `
    job "packed" {
      type = "batch"
      group "only" {
        task "say" {
          driver = "raw_exec"
          config {
            command = "echo"
            args    = ["hello from", "\${NOMAD_JOB_NAME}"]
          }
        }
      }
    }
  `;
  writeFileSync(join(project, 'packed.nomad.hcl'), job);
  const command = join(project, 'node_modules/.bin/raw-exec');
  assert.match(runInProject(command, 'run', 'packed.nomad.hcl'), /hello from packed/);
});

test('the installed command tells its version', () => {
  const { version } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const command = join(project, 'node_modules/.bin/raw-exec');
  assert.ok(runInProject(command, '--version').includes(version));
});

/** Runs one of our tools from node_modules; what it says is the message when it finds something. */
function runTool(script: string, ...args: string[]): void {
  const tool = join(repoRoot, 'node_modules', script);
  const result = spawnSync(process.execPath, [tool, ...args], { cwd: repoRoot, encoding: 'utf8' });
  assert.equal(result.status, 0, `${result.stdout}${result.stderr}`);
}

test('publint finds nothing to better in the tarball', () => {
  runTool('publint/src/cli.js', 'run', tarball, '--strict');
});

test('the types of the tarball resolve for every way of importing an ES module', () => {
  const options = ['--profile', 'esm-only', '--no-color', '--no-emoji'];
  runTool('@arethetypeswrong/cli/dist/index.js', tarball, ...options);
});

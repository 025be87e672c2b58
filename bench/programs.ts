// Owner of the compiled programs: the measured ones, the C floor, and the workers in Go and Rust.

import { mkdirSync, realpathSync } from 'node:fs';
import { runCommand, tryCommand } from './command.ts';
import { benchFolder, buildFolder, programFile, rootFolder } from './paths.ts';

const compiler = process.env['CC'] ?? 'cc';
const noLibc = ['-O2', '-nostdlib', '-static', '-fno-stack-protector', '-fno-builtin'];

/** Compiles the program that all cases start, and its sisters; nothing can be measured without them. */
export function buildTargets(): void {
  mkdirSync(`${buildFolder}bin`, { recursive: true });
  for (const name of ['noop', 'sleeper', 'tree', 'writer']) {
    runCommand(compiler, [...noLibc, '-o', programFile(name), `${benchFolder}native/${name}.c`]);
  }
}

/** What reaps the orphans of a worker. */
export function buildReaper(): string {
  const program = programFile('reap');
  runCommand(compiler, ['-O2', '-Wall', '-Wextra', '-o', program, `${benchFolder}native/reap.c`]);
  return program;
}

/** The helper that has the least: a C program that reads a pipe. */
export function buildPipeProcess(): string {
  const source = `${benchFolder}native/pipe_to_file.c`;
  runCommand(compiler, ['-O2', '-Wall', '-Wextra', '-o', programFile('pipe_to_file'), source]);
  return `${compiler} ${runCommand(compiler, ['-dumpfullversion'])}`;
}

/** What writes lines into a pipe and has them carried into a file, in the ways that are compared; or why it cannot be had. */
export function buildLogCarrier(): string | { readonly absent: string } {
  const source = `${benchFolder}native/log_pump.cc`;
  const carrier = programFile('log_pump');
  const cxx = process.env['CXX'] ?? 'c++';
  const found = tryCommand(cxx, ['--version']);
  if (!('text' in found)) return found;
  runCommand(cxx, ['-std=c++20', '-O2', '-o', carrier, source]);
  return carrier;
}

export function buildFloor(): string {
  const sources = ['floor', 'clone_floor', 'settings', 'stop'];
  const files = sources.map((name) => `${benchFolder}native/${name}.c`);
  runCommand(compiler, ['-O2', '-Wall', '-Wextra', '-o', programFile('floor'), ...files]);
  return `${compiler} ${runCommand(compiler, ['-dumpfullversion'])}`;
}

export function buildGo(): string {
  runCommand('go', ['build', '-o', programFile('go-worker'), '.'], `${benchFolder}rivals/go`);
  return runCommand('go', ['env', 'GOVERSION']);
}

export function buildRust(): string {
  const source = `${benchFolder}rivals/rust_worker.rs`;
  runCommand('rustc', ['-O', '-o', programFile('rust-worker'), source]);
  return runCommand('rustc', ['--version']).split(' ').slice(0, 2).join(' ');
}

/** The interpreter itself, not a script in PATH that looks for it. */
export function findPython(): { readonly file: string; readonly version: string } {
  const file = runCommand('python3', ['-c', 'import sys; print(sys.executable)']);
  return { file: realpathSync(file), version: runCommand(file, ['--version']) };
}

/** What is measured of the groups of tasks is no part of the package's surface: it is bundled from the sources. */
export function bundleTaskGroups(): string {
  return bundle('task-groups-library.mjs');
}

/** The same for the keeper. The bundle lies in build/bench, from where the addon and the keeper are found. */
export function bundleKeeper(): string {
  return bundle('keeper-library.mjs');
}

/** A client for the plugin, as Nomad's is. */
export function bundlePlugin(): string {
  // The packages for gRPC load parts of Node by `require`.
  const require = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
  return bundle('plugin-library.mjs', `--banner:js=${require}`);
}

function bundle(entry: string, ...options: readonly string[]): string {
  const output = `${buildFolder}bin/${entry}`;
  const esbuild = `${rootFolder}node_modules/@esbuild/linux-x64/bin/esbuild`;
  runCommand(esbuild, [
    `${benchFolder}${entry}`,
    '--bundle',
    '--format=esm',
    '--platform=node',
    '--target=node20.19',
    '--external:bindings',
    '--log-level=warning',
    `--outfile=${output}`,
    ...options,
  ]);
  return output;
}

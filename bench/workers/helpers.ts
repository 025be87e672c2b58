// Worker: what others have for each task, so that its output gets into a file: a process that reads a pipe, whoever it is.
// The task sleeps; the helper has written a line, so it is at work.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateKib } from './private-memory.ts';
import { readPairs } from './settings.ts';

const patienceMs = 30_000;

interface Asked {
  readonly kind: string;
  /** The helper's command line; the last part is the file, or directory, that it writes. */
  readonly command: readonly string[];
  readonly supervise: string;
  readonly sleeper: string;
  readonly count: number;
}

function readAsked(args: readonly string[]): Asked {
  const pairs = readPairs(args);
  return {
    kind: pairs.get('kind') ?? '',
    command: (pairs.get('command') ?? '').split('\n'),
    supervise: pairs.get('supervise') ?? '',
    sleeper: pairs.get('sleeper') ?? '',
    count: Number(pairs.get('children') ?? 1),
  };
}

interface Started {
  readonly child: ChildProcess;
  /** What ends it, with what it has started. */
  readonly ending: 'SIGTERM' | 'SIGKILL';
}

/** A task with its helpers, of which the pids are told. */
function startOne(asked: Asked, folder: string, all: Started[]): () => Promise<number[]> {
  mkdirSync(folder);
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  // Both ends, as the task's: nobody waits for the other.
  const pipe = openSync(fifo, 'r+');
  const isS6 = asked.kind === 's6';
  const output = join(folder, 'log');
  const start = (
    argv: readonly string[],
    [input, out]: readonly ('ignore' | number)[],
    ending: Started['ending'] = 'SIGKILL',
  ): ChildProcess => {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, { stdio: [input, out, 'inherit'] });
    all.push({ child, ending });
    return child;
  };
  const helpers = [start([...asked.command, output], [pipe, 'ignore'])];
  if (isS6) {
    // The supervisor starts the task itself.
    const service = join(folder, 'service');
    mkdirSync(service);
    writeFileSync(join(service, 'run'), `#!/bin/sh\necho ready\nexec ${asked.sleeper}\n`);
    chmodSync(join(service, 'run'), 0o755);
    // It ends its service and then itself.
    helpers.push(start([asked.supervise, service], ['ignore', pipe], 'SIGTERM'));
  } else {
    writeFileSync(pipe, 'ready\n');
    start([asked.sleeper], ['ignore', pipe]);
  }
  return async () => {
    await untilWritten(isS6 ? join(output, 'current') : output);
    return helpers.map(({ pid }) => {
      if (pid === undefined) throw new Error(`cannot start ${asked.kind}`);
      return pid;
    });
  };
}

async function untilWritten(file: string): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; ) {
    if (sizeOf(file) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`nothing was written to ${file}`);
}

function sizeOf(file: string): number {
  try {
    return readFileSync(file).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function endOne({ child, ending }: Started): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(ending);
  await ended;
}

async function run(asked: Asked): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'raw-exec-bench-helpers-'));
  const all: Started[] = [];
  try {
    const begun = Array.from({ length: asked.count }, (_, at) =>
      startOne(asked, join(folder, String(at)), all),
    );
    const pids = (await Promise.all(begun.map((isReady) => isReady()))).flat();
    const total = privateKib(pids);
    const figures = {
      tasks: asked.count,
      processes: pids.length,
      'KiB private': total,
      'KiB a task': total / asked.count,
      pipes: asked.count,
    };
    process.stdout.write(`${JSON.stringify({ figures })}\n`);
  } finally {
    await Promise.all(all.map(endOne));
    rmSync(folder, { recursive: true, force: true });
  }
}

await run(readAsked(process.argv.slice(2)));

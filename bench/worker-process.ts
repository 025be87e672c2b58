// Owner of the worker processes: one fresh process for each measurement, and nothing of it left behind.

import { spawn } from 'node:child_process';

export interface WorkerResult {
  /** Nanoseconds; empty for a throughput. */
  readonly call: readonly number[];
  readonly seen: readonly number[];
  readonly perSecond: number | undefined;
  /** By their headings in the table. */
  readonly figures: Readonly<Record<string, number>>;
}

/** The environment of all workers and of what they start: the same for all, and short. */
export const workerEnv: Readonly<Record<string, string>> = {
  HOME: '/tmp',
  LANG: 'C.UTF-8',
  PATH: '/usr/local/bin:/usr/bin:/bin',
  DENO_NO_UPDATE_CHECK: '1',
};

const deadlineMs = 240_000;
/** How long a worker may take to end what it has started elsewhere. */
const cleanUpMs = 10_000;
const groups = new Set<number>();

// Workers lead groups of their own, so an interrupted harness must end them itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const group of groups) endGroup(group);
    process.exit(1);
  });
}

/** Runs a worker to its end. The limit of descriptors is raised as far as this process may. */
export async function runWorker(
  command: readonly string[],
  cpu: number | undefined,
): Promise<WorkerResult> {
  const pin = cpu === undefined ? [] : ['taskset', '-c', String(cpu)];
  const { output, errors, end } = await collect([...pin, ...command]);
  if (end !== 0)
    throw new Error(`${command.join(' ')} ended with ${end}: ${errors.trim().slice(-600)}`);
  const result = JSON.parse(output) as Partial<WorkerResult>;
  const { call = [], seen = [], perSecond, figures = {} } = result;
  return { call, seen, perSecond, figures };
}

function collect(
  command: readonly string[],
): Promise<{ output: string; errors: string; end: number | string }> {
  const script = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], {
    env: workerEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const { pid } = child;
  if (pid !== undefined) groups.add(pid);
  const ends = [
    setTimeout(() => child.kill('SIGTERM'), deadlineMs),
    setTimeout(() => child.kill('SIGKILL'), deadlineMs + cleanUpMs),
  ];
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      if (pid !== undefined) {
        endGroup(pid);
        groups.delete(pid);
      }
    });
    child.on('close', (code, signal) => {
      for (const timer of ends) clearTimeout(timer);
      resolve({ output, errors, end: code ?? signal ?? 'nothing' });
    });
  });
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // ESRCH: the worker has ended all of its children, as it should.
  }
}

// Owner of an agent for the worker that measures it: the process, its keeper, and what is asked of it.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { processesOf } from './kept-tasks.ts';

interface JobSummary {
  readonly Summary: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const config = `
stop_tasks_on_exit = true
plugin "raw_exec" {
  config {
    enabled = true
  }
}
`;
const second = 1_000_000_000;
const pollMs = 1;

export class AgentProcess {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly #command: string;
  readonly #socket: string;
  #process: ChildProcess | undefined;

  /** @param command the bundled command line */
  constructor(command: string) {
    this.#command = command;
    // In memory: what a disk takes is not asked.
    const inMemory = '/dev/shm';
    this.folder = mkdtempSync(
      join(existsSync(inMemory) ? inMemory : tmpdir(), 'raw-exec-bench-agent-'),
    );
    this.#socket = join(this.folder, 'agent.sock');
    writeFileSync(join(this.folder, 'agent.hcl'), config);
    this.env = {
      ...process.env,
      RAW_EXEC_STATE_DIR: join(this.folder, 'state'),
      RAW_EXEC_SOCKET: this.#socket,
    };
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** The keeper's. */
  get helperPids(): number[] {
    return processesOf(join(this.folder, 'state', 'keeper'));
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.#process = this.cli('agent', '--config', join(this.folder, 'agent.hcl'));
    for (;;) {
      try {
        await this.ask('GET', '/v1/status/leader');
        return;
      } catch (error) {
        if (this.#process.exitCode !== null) throw error;
        await delay(pollMs);
      }
    }
  }

  async kill(): Promise<void> {
    const agent = this.#process;
    if (agent === undefined) return;
    const ended = new Promise((resolve) => agent.once('close', resolve));
    agent.kill('SIGKILL');
    await ended;
  }

  /** With its tasks and its keeper. */
  async end(): Promise<void> {
    const agent = this.#process;
    if (agent !== undefined && agent.exitCode === null && agent.signalCode === null) {
      const ended = new Promise((resolve) => agent.once('close', resolve));
      agent.kill('SIGTERM');
      await ended;
    }
    for (const pid of this.helperPids) process.kill(pid, 'SIGTERM');
    while (this.helperPids.length > 0) await delay(pollMs);
    unmountBelow(this.folder);
    rmSync(this.folder, { recursive: true });
  }

  cli(...args: readonly string[]): ChildProcess {
    const node = [process.execPath, this.#command, ...args] as const;
    return spawn(node[0], node.slice(1), { env: this.env, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    return (await this.#askWithIndex<T>(method, path, body)).body;
  }

  async #askWithIndex<T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly body: T; readonly newest: number }> {
    return new Promise((resolve, reject) => {
      request({ socketPath: this.#socket, method, path }, (response) => {
        const newest = Number(response.headers['x-nomad-index']);
        text(response).then((said) => {
          if (response.statusCode === 200) resolve({ body: JSON.parse(said) as T, newest });
          else reject(new Error(`${method} ${path}: ${said}`));
        }, reject);
      })
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** One group of so many, each of one task that runs a script of the shell, or a program. */
  register(
    id: string,
    count: number,
    config: object,
    fields: { readonly type: string; readonly restart?: object },
  ): Promise<unknown> {
    const task = {
      Name: 'task',
      Driver: 'raw_exec',
      Config: config,
      Resources: { CPU: 20, MemoryMB: 10 },
      KillTimeout: second,
      ...(fields.restart !== undefined && { RestartPolicy: fields.restart }),
    };
    const group = { Name: 'group', Count: count, Tasks: [task] };
    const job = { ID: id, Type: fields.type, TaskGroups: [group] };
    return this.ask('PUT', '/v1/jobs', { Job: job });
  }

  /** Resolves when all allocations of the job have this status, as a client waits: by blocking queries, of counts alone. */
  async until(id: string, count: number, status: 'Running' | 'Complete'): Promise<void> {
    for (let index = 0; ; ) {
      const path = `/v1/job/${id}/summary?index=${index}`;
      const { body, newest } = await this.#askWithIndex<JobSummary>('GET', path);
      if ((body.Summary['group']?.[status] ?? 0) >= count) return;
      index = newest;
    }
  }
}

/** The secrets of allocations that nobody has collected. */
function unmountBelow(folder: string): void {
  const paths = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  // A thousand of their paths are no command line.
  for (let at = 0; at < paths.length; at += 100) execFileSync('umount', paths.slice(at, at + 100));
}

/** Resident, in KiB, with what is shared between them told once: see proc_pid_smaps(5), Pss. */
export function residentKib(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return sum + Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]);
  }, 0);
}

/** CPU time of a process so far, in clock ticks of 10 ms: see proc_pid_stat(5). */
export function cpuTicks(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ');
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

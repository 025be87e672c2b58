// Worker: an agent with the tasks that it looks after, asked as users ask it. Figures of one run; times are milliseconds.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentProcess, cpuTicks, residentKib } from './agent-process.ts';
import { readPairs } from './settings.ts';

type Figures = Readonly<Record<string, number>>;

interface Allocation {
  readonly ID: string;
  readonly TaskStates: Readonly<
    Record<string, { readonly State: string; readonly Restarts: number }>
  >;
}

const pairs = readPairs(process.argv.slice(2));
const given = (key: string): number => Number(pairs.get(key) ?? 0);
const ticksPerSecond = 100;

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

const hasTask = (stats: unknown): boolean =>
  Object.keys((stats as { Tasks?: object }).Tasks ?? {}).length > 0;
const pollMs = 5;

const sleeper = { command: pairs.get('sleeper') ?? '/bin/sleep', args: ['1000000'] };
const measures: Readonly<Record<string, (agent: AgentProcess) => Promise<Figures>>> = {
  async idle(agent) {
    const count = given('children');
    await agent.register('idle', count, sleeper, { type: 'service' });
    await agent.until('idle', count, 'Running');
    const all = [agent.pid, ...agent.helperPids];
    // What the starts have left to do is done, and what they took from the heap is given back.
    await delay(2000);
    const before = cpuTicks(all);
    const started = performance.now();
    await delay(given('seconds') * 1000);
    const seconds = (performance.now() - started) / 1000;
    const cores = (cpuTicks(all) - before) / ticksPerSecond / seconds;
    return { tasks: count, '% of a core': cores * 100, 'MiB resident': residentKib(all) / 1024 };
  },

  async oneShot(agent) {
    const count = given('children');
    // An agent that has run for a while: the first jobs pay for what is loaded, and compiled when it is used often.
    await agent.register('first', count, { command: '/bin/true' }, { type: 'batch' });
    await agent.until('first', count, 'Complete');
    const started = performance.now();
    await agent.register('all', count, { command: '/bin/true' }, { type: 'batch' });
    await agent.until('all', count, 'Complete');
    const seconds = (performance.now() - started) / 1000;
    return { tasks: count, 'tasks/s': count / seconds };
  },

  async follow(agent) {
    const go = join(agent.folder, 'go');
    // Each line has the time at which it was written, in nanoseconds since 1970.
    const script = `until [ -e ${go} ]; do sleep 0.05; done; for i in $(seq ${given('repeats')}); do date +%s%N; sleep 0.01; done`;
    await agent.register(
      'talks',
      1,
      { command: '/bin/sh', args: ['-c', script] },
      { type: 'batch' },
    );
    await agent.until('talks', 1, 'Running');
    const follower = agent.cli('logs', '-f', 'talks');
    const times: number[] = [];
    let rest = '';
    follower.stdout?.on('data', (chunk) => {
      const now = (performance.timeOrigin + performance.now()) * 1e6;
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) times.push((now - Number(line)) / 1e6);
    });
    const ended = new Promise((resolve) => follower.once('close', resolve));
    // Until the follower is there.
    await delay(1000);
    writeFileSync(go, '');
    await ended;
    return { 'ms p50': quantile(times, 0.5), 'ms p99': quantile(times, 0.99) };
  },

  async restart(agent) {
    const file = join(agent.folder, 'starts');
    // Both by the shell itself: a program that tells the time would be a part of what is measured.
    const script = `echo $EPOCHREALTIME >> ${file}; read -t 0.02 <> ${file}.never; echo $EPOCHREALTIME >> ${file}; exit 1`;
    execFileSync('mkfifo', [`${file}.never`]);
    const repeats = given('repeats');
    const restart = { Attempts: repeats, Interval: 3_600_000_000_000, Delay: 0, Mode: 'fail' };
    await agent.register(
      'crashes',
      1,
      { command: '/bin/bash', args: ['-c', script] },
      { type: 'batch', restart },
    );
    for (;;) {
      const [one] = await agent.ask<Allocation[]>('GET', '/v1/job/crashes/allocations');
      if ((one?.TaskStates['task']?.Restarts ?? 0) >= repeats) break;
      await delay(20);
    }
    // Begin and end of each process by turns, as it has told itself: with the end and the start of a shell in between.
    const times = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => Number(line) * 1e9);
    const gaps = times
      .slice(2)
      .flatMap((at, index) => (index % 2 === 0 ? [(at - (times[index + 1] ?? 0)) / 1e6] : []));
    return { 'ms p50': quantile(gaps, 0.5), 'ms p99': quantile(gaps, 0.99) };
  },

  async recovery(agent) {
    const count = given('children');
    await agent.register('lasts', count, sleeper, { type: 'service' });
    await agent.until('lasts', count, 'Running');
    const ids = (await agent.ask<Allocation[]>('GET', '/v1/job/lasts/allocations')).map(
      ({ ID }) => ID,
    );
    await agent.kill();
    const started = performance.now();
    await agent.start();
    // What a task uses is told once the driver has it again. Of some of them: to ask for all would be most of what is measured.
    const some = ids.filter((_, index) => index % 50 === 0 || index === ids.length - 1);
    const isThere = async (id: string): Promise<void> => {
      const ask = (): Promise<unknown> => agent.ask('GET', `/v1/client/allocation/${id}/stats`);
      while (!(await ask().then(hasTask, () => false))) await delay(pollMs);
    };
    await Promise.all(some.map(isThere));
    const ms = performance.now() - started;
    const all = await agent.ask<Allocation[]>('GET', '/v1/job/lasts/allocations');
    const isSame = ({ TaskStates: { task } }: Allocation): boolean =>
      task?.State === 'running' && task.Restarts === 0;
    if (all.length !== count || !all.every(isSame)) throw new Error('not all were taken over');
    return { tasks: count, 'ms p50': ms };
  },

  async status(agent) {
    await agent.register('shown', 1, sleeper, { type: 'service' });
    await agent.until('shown', 1, 'Running');
    const beyond: number[] = [];
    const time = (args: readonly string[]): number => {
      const started = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { env: agent.env });
      if (status !== 0) throw new Error(String(stderr));
      return performance.now() - started;
    };
    for (let round = 0; round < given('repeats'); round += 1) {
      const bare = time(['-e', '0']);
      beyond.push(time([pairs.get('command') ?? '', 'status']) - bare);
    }
    return { 'ms p50': quantile(beyond, 0.5), 'ms p99': quantile(beyond, 0.99) };
  },
};

const agent = new AgentProcess(pairs.get('command') ?? '');
const interrupted = new Promise<never>((_, reject) => {
  process.once('SIGTERM', () => reject(new Error('interrupted')));
});
try {
  await agent.start();
  const measure = measures[pairs.get('what') ?? ''];
  if (measure === undefined) throw new Error('what is to be measured?');
  const figures = await Promise.race([measure(agent), interrupted]);
  process.stdout.write(`${JSON.stringify({ figures })}\n`);
} finally {
  await agent.end();
}

// What tasks and the host use, over the API and by the command, from a real agent.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { totalmem } from 'node:os';
import { type TestContext, test } from 'node:test';
import type { AllocationStub } from '../../src/cli/agent-objects.ts';
import type { ResourceUsage, TaskResourceUsage } from '../../src/driver/nomad-task-usage.ts';
import { pidOf, TestAgent } from '../helpers/agent.ts';
import { ask } from '../helpers/api.ts';
import { eventually } from '../helpers/eventually.ts';
import { shellTask, taskGroup } from '../helpers/job-file.ts';

interface Stats {
  readonly ResourceUsage: ResourceUsage;
  readonly Tasks: Readonly<Record<string, TaskResourceUsage>>;
  readonly Timestamp: number;
}

/** One task that works all the time, and one that sleeps. */
async function withTasks(
  t: TestContext,
  driver?: string,
): Promise<{ agent: TestAgent; allocation: AllocationStub }> {
  const agent = new TestAgent(t, '', driver);
  await agent.start();
  const tasks = [shellTask('busy', 'while :; do :; done'), shellTask('idle', 'exec sleep 1000')];
  const job = { ID: 'work', Type: 'batch', TaskGroups: [taskGroup('group', tasks)] };
  const put = await ask(agent, 'PUT', '/v1/jobs', { Job: job });
  assert.equal(put.status, 200, put.body);
  const [allocation] = await agent.until('both run', 'work', ([one]) =>
    ['busy', 'idle'].every((name) => one?.TaskStates[name]?.State === 'running'),
  );
  assert.ok(allocation);
  return { agent, allocation };
}

function checkUse(stats: Stats, allocation: AllocationStub): void {
  const { busy, idle } = stats.Tasks;
  assert.ok(busy && idle);
  const { CpuStats: cpu, MemoryStats: memory } = busy.ResourceUsage;
  for (const name of ['System Mode', 'User Mode', 'Percent'])
    assert.ok(cpu.Measured.includes(name), name);
  assert.ok(memory.RSS > 0 && memory.Measured.includes('RSS'));
  const process = busy.Pids[String(pidOf(allocation, 'busy'))];
  assert.ok(process && process.MemoryStats.RSS > 0);
  const { CpuStats: allCpu, MemoryStats: allMemory } = stats.ResourceUsage;
  assert.equal(allCpu.Percent, cpu.Percent + idle.ResourceUsage.CpuStats.Percent);
  assert.equal(allMemory.RSS, memory.RSS + idle.ResourceUsage.MemoryStats.RSS);
  assert.deepEqual(stats.ResourceUsage.DeviceStats, []);
}

test('the use of tasks is told with the share of a CPU that they take', async (t) => {
  const { agent, allocation } = await withTasks(t);
  const path = `/v1/client/allocation/${allocation.ID}/stats`;
  const first = await agent.client.get<Stats>(path);
  assert.ok(first.Tasks['busy']?.ResourceUsage.CpuStats.Measured.includes('Percent'));
  const percent = ({ Tasks: tasks }: Stats, name: string): number =>
    tasks[name]?.ResourceUsage.CpuStats.Percent ?? 0;
  const stats = await eventually('the busy one is told to be it', async () => {
    const now = await agent.client.get<Stats>(path);
    // The kernel sums the memory of a new group up every two seconds.
    const isSummed = Object.values(now.Tasks).every((one) => one.ResourceUsage.MemoryStats.RSS > 0);
    return isSummed && percent(now, 'busy') > 1 && percent(now, 'idle') < 1 ? now : undefined;
  });
  checkUse(stats, allocation);
  const one = await agent.client.get<Stats>(`${path}?task=idle`);
  assert.deepEqual(Object.keys(one.Tasks), ['idle']);
  assert.equal((await ask(agent, 'GET', `${path}?task=none`)).status, 404);
  assert.equal((await ask(agent, 'GET', '/v1/client/allocation/none/stats')).status, 404);
  await agent.cli('stop', 'work');
  const after = await agent.client.get<Stats>(path);
  assert.deepEqual(after.Tasks, {});
  assert.equal(after.ResourceUsage.CpuStats.Percent, 0);
});

test('the host is told: memory, CPUs, the disk of the allocation directories, time since boot', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  type Numbers = Readonly<Record<string, number>>;
  const stats = await agent.client.get<{
    Memory: Numbers;
    CPU: { CPU: string; User: number; System: number; Idle: number }[];
    AllocDirStats: Numbers & { Device: string; Mountpoint: string };
    DiskStats: unknown[];
    Uptime: number;
    CPUTicksConsumed: number;
  }>('/v1/client/stats');
  assert.equal(stats.Memory['Total'], totalmem());
  assert.ok(Number(stats.Memory['Available']) > 0 && Number(stats.Memory['Used']) > 0);
  assert.equal(stats.CPU[0]?.CPU, 'cpu0');
  for (const { User, System, Idle } of stats.CPU)
    assert.ok(Math.abs(User + System + Idle - 100) < 0.001 || User + System + Idle === 0);
  const { AllocDirStats: disk } = stats;
  assert.ok(disk['Size'] && disk['Available'] && Number(disk['UsedPercent']) <= 100);
  assert.match(disk.Mountpoint, /^\//);
  assert.deepEqual(stats.DiskStats, [disk]);
  assert.ok(stats.Uptime > 0 && stats.CPUTicksConsumed >= 0);
  assert.equal((await ask(agent, 'GET', '/v1/client/stats?node_id=0000none')).status, 404);
});

test('the command shows a line for each task, again and again until none runs', async (t) => {
  const { agent, allocation } = await withTasks(t);
  const stdout = await eventually('the memory is summed up', async () => {
    const shown = await agent.cli('stats');
    return shown.stdout.includes(' 0 B ') ? undefined : shown.stdout;
  });
  const [head = '', ...lines] = stdout.trimEnd().split('\n');
  assert.match(head, /^Allocation +Job +Task +CPU +Memory +Pids$/);
  assert.equal(lines.length, 2);
  const id = allocation.ID.slice(0, 8);
  assert.match(lines[0] ?? '', new RegExp(`^${id} +work +busy +[0-9.]+ % +[0-9.]+ [KM]iB +1$`));
  assert.equal((await agent.cli('stats', id)).stdout.split('\n').length, 4);
  const told = JSON.parse((await agent.cli('stats', '--json', 'work')).stdout) as Stats[];
  assert.deepEqual(Object.keys(told[0]?.Tasks ?? {}), ['busy', 'idle']);
  const following = agent.command('stats', '-f', '--interval', '20ms', 'work');
  let shown = '';
  following.stdout?.on('data', (chunk) => {
    shown += String(chunk);
  });
  const ended = once(following, 'close');
  await eventually('it is shown twice', () => shown.split('Allocation').length > 2 || undefined);
  await agent.cli('stop', 'work');
  assert.deepEqual(await ended, [0, null]);
  assert.match(shown, /\nNothing runs\.\n$/);
  assert.ok(!shown.includes('\u001b'));
  assert.equal((await agent.cli('stats')).stdout, 'Nothing runs.\n');
  assert.equal((await agent.cli('stats', 'none')).code, 1);
});

// Part of the keeper's worker: what keeper, holder and pumps have for themselves while tasks sleep.

import { readFileSync } from 'node:fs';
import type { Client, KeptTasks } from './kept-tasks.ts';
import { countDescriptors, countPipes, helpersOf, privateKib } from './private-memory.ts';

/** Descriptors that are left for what is not a log. */
const reserve = 200;

/**
 * Memory with one task, and with many.
 * @param logs directory for their files. Each log needs descriptors of its pump, so there are as many tasks as its limit allows.
 */
export async function measureMemory(
  tasks: KeptTasks,
  client: Client,
  wanted: number,
  logs?: string,
): Promise<object> {
  const { keeperPid } = (await client.connection()).welcome;
  const start = async (count: number): Promise<void> => {
    await tasks.startSleepers(count, logs);
    // The pump answers when it has all of them.
    if (logs !== undefined) await client.logStatus(tasks.lastSleeper);
  };
  await start(1);
  // The holder, and the pump once there is a log.
  const processes = [keeperPid, ...helpersOf(keeperPid)];
  const base = privateKib(processes);
  const before = processes.map(countDescriptors);
  await start(1);
  const possible = processes.map((pid, at) => {
    const each = countDescriptors(pid) - (before[at] ?? 0);
    return each <= 0 ? wanted : Math.floor((descriptorLimit(pid) - reserve) / each);
  });
  const count = Math.min(wanted, ...possible);
  await start(count - 2);
  const total = privateKib(processes);
  return {
    figures: {
      tasks: count,
      processes: processes.length,
      'KiB with one task': base,
      'KiB private': total,
      'KiB a task': (total - base) / (count - 1),
      pipes: countPipes(processes),
    },
  };
}

function descriptorLimit(pid: number): number {
  const text = readFileSync(`/proc/${pid}/limits`, 'utf8');
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
}

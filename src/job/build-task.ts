/** `task` blocks. Pure. */
import { buildConstraints } from './build-constraint.ts';
import { buildNetworks } from './build-network.ts';
import { buildRestart } from './build-policies.ts';
import { checkDriver, checkKillSignal } from './check-task.ts';
import { checkAtLeast, checkName, checkNotNegative, checkWait } from './checks.ts';
import { defaultKillTimeoutMs, defaultLogs, defaultResources } from './job-defaults.ts';
import type { JobType, Lifecycle, Logs, Resources, Task } from './job-model.ts';
import { notHonoured } from './not-honoured.ts';
import type { Problems } from './problems.ts';
import { child, flag, number, type RawBlock, rangeOf, text, textMap } from './raw-block.ts';

/** Builds a task of `group`. */
export function buildTask(
  block: RawBlock,
  group: RawBlock,
  type: JobType,
  problems: Problems,
): Task {
  const name = text(block, 'name') ?? '';
  checkName('task', name, block, problems);
  checkWait('kill_timeout', block, problems);
  checkWait('shutdown_delay', block, problems);
  checkDriver(block, name, problems);
  checkKillSignal(block, problems);
  const config = child(block, 'config');
  const user = text(block, 'user');
  const killSignal = text(block, 'kill_signal');
  const lifecycle = buildLifecycle(child(block, 'lifecycle'), problems);
  return {
    name,
    driver: text(block, 'driver') ?? '',
    ...(user === undefined || user === '' ? {} : { user }),
    config: config?.content ?? {},
    configRanges: configRanges(block, config),
    env: textMap(block, 'env'),
    meta: textMap(block, 'meta'),
    constraints: buildConstraints(block, problems),
    resources: buildResources(child(block, 'resources'), problems),
    logs: buildLogs(child(block, 'logs'), problems),
    restart: buildRestart([group, block], type, problems),
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(killSignal === undefined || killSignal === '' ? {} : { killSignal }),
    // Timers and the driver count whole milliseconds; a shorter grace than asked for would be wrong.
    killTimeoutMs: Math.ceil(number(block, 'kill_timeout') || defaultKillTimeoutMs),
    shutdownDelayMs: number(block, 'shutdown_delay') ?? 0,
    isLeader: flag(block, 'leader') ?? false,
    notHonoured: notHonoured(block),
  };
}

/** A task without `config` still has a place to point at when something is missing in it. */
function configRanges(task: RawBlock, config: RawBlock | undefined): Task['configRanges'] {
  const ranges = new Map(config?.contentRanges);
  const range = config?.range ?? task.range;
  if (!ranges.has('') && range !== undefined) {
    ranges.set('', range);
  }
  return ranges;
}

function buildResources(block: RawBlock | undefined, problems: Problems): Resources {
  if (block === undefined) {
    return defaultResources;
  }
  for (const name of ['cpu', 'cores', 'memory']) {
    checkNotNegative(name, block, problems);
  }
  checkAtLeast('memory_max', -1, block, problems);
  const cores = number(block, 'cores') ?? 0;
  if (cores > 0 && (number(block, 'cpu') ?? 0) > 0) {
    problems.error(
      'a task has either "cpu" or "cores", and this one has both',
      rangeOf(block, 'cores'),
    );
  }
  const memoryMB = number(block, 'memory') || defaultResources.memoryMB;
  const memoryMaxMB = number(block, 'memory_max') ?? 0;
  if (memoryMaxMB > 0 && memoryMaxMB < memoryMB) {
    problems.error(
      `"memory_max" must not be less than memory (${memoryMB}), and is ${memoryMaxMB}; -1 means no limit`,
      rangeOf(block, 'memory_max'),
    );
  }
  return {
    cpuMHz: number(block, 'cpu') || (cores > 0 ? 0 : defaultResources.cpuMHz),
    cores,
    memoryMB,
    memoryMaxMB,
    networks: buildNetworks(block, problems),
  };
}

function buildLogs(block: RawBlock | undefined, problems: Problems): Logs {
  if (block === undefined) {
    return defaultLogs;
  }
  checkAtLeast('max_files', 1, block, problems);
  checkAtLeast('max_file_size', 1, block, problems);
  return {
    maxFiles: number(block, 'max_files') ?? defaultLogs.maxFiles,
    maxFileSizeMB: number(block, 'max_file_size') ?? defaultLogs.maxFileSizeMB,
    isDisabled: flag(block, 'disabled') ?? flag(block, 'enabled') === false,
  };
}

const hooks: readonly Lifecycle['hook'][] = ['prestart', 'poststart', 'poststop'];

function buildLifecycle(block: RawBlock | undefined, problems: Problems): Lifecycle | undefined {
  const written = text(block, 'hook') ?? '';
  const hook = hooks.find((candidate) => candidate === written);
  if (block !== undefined && hook === undefined) {
    problems.error(
      `the hook of a lifecycle must be one of ${hooks.join(', ')}, and is ${JSON.stringify(written)}`,
      rangeOf(block, 'hook'),
    );
  }
  return hook === undefined ? undefined : { hook, isSidecar: flag(block, 'sidecar') ?? false };
}

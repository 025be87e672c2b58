/** `restart` and `reschedule`, each merged over what stands further out and over the default of the job's type. Pure. */
import { checkNotNegative } from './checks.ts';
import { defaultReschedule, defaultRestart } from './job-defaults.ts';
import type { JobType, Reschedule, Restart } from './job-model.ts';
import type { Problems } from './problems.ts';
import { child, flag, number, type RawBlock, rangeOf, text } from './raw-block.ts';

/** The restart policy of a task, or of a group: `holders` are the blocks that may have one, the innermost last. */
export function buildRestart(
  holders: readonly RawBlock[],
  type: JobType,
  problems: Problems,
): Restart {
  let restart = defaultRestart(type);
  for (const holder of holders) {
    const block = child(holder, 'restart');
    if (block === undefined) {
      continue;
    }
    // The group's own build tells what is wrong with the group's policy: a task must not tell it again.
    if (holder === holders.at(-1)) checkRestart(block, problems);
    restart = {
      attempts: number(block, 'attempts') ?? restart.attempts,
      intervalMs: number(block, 'interval') ?? restart.intervalMs,
      delayMs: number(block, 'delay') ?? restart.delayMs,
      mode: restartModes.find((mode) => mode === text(block, 'mode')) ?? restart.mode,
      renderTemplates: flag(block, 'render_templates') ?? restart.renderTemplates,
    };
  }
  return restart;
}

const restartModes: readonly Restart['mode'][] = ['fail', 'delay'];

function checkRestart(block: RawBlock, problems: Problems): void {
  checkNotNegative('attempts', block, problems);
  checkNotNegative('delay', block, problems);
  checkNotNegative('interval', block, problems);
  const mode = text(block, 'mode') ?? '';
  if (mode === '' || restartModes.some((known) => known === mode)) return;
  problems.error(
    `the mode of a restart policy must be one of fail, delay, and is ${JSON.stringify(mode)}`,
    rangeOf(block, 'mode'),
  );
}

const delayFunctions: readonly Reschedule['delayFunction'][] = [
  'constant',
  'exponential',
  'fibonacci',
];

/** The reschedule policy of a group: `holders` are the job and the group. */
export function buildReschedule(
  holders: readonly RawBlock[],
  type: JobType,
  problems: Problems,
): Reschedule {
  let policy = defaultReschedule(type);
  for (const holder of holders) {
    const block = child(holder, 'reschedule');
    if (block === undefined) {
      continue;
    }
    policy = {
      attempts: number(block, 'attempts') ?? policy.attempts,
      intervalMs: number(block, 'interval') ?? policy.intervalMs,
      delayMs: number(block, 'delay') ?? policy.delayMs,
      delayFunction: delayFunction(block, problems) ?? policy.delayFunction,
      maxDelayMs: number(block, 'max_delay') ?? policy.maxDelayMs,
      unlimited: flag(block, 'unlimited') ?? policy.unlimited,
    };
  }
  return policy;
}

function delayFunction(
  block: RawBlock,
  problems: Problems,
): Reschedule['delayFunction'] | undefined {
  const written = text(block, 'delay_function');
  if (written === undefined || written === '') {
    return undefined;
  }
  const found = delayFunctions.find((candidate) => candidate === written);
  if (found === undefined) {
    problems.error(
      `delay_function must be one of ${delayFunctions.join(', ')}, and is ${JSON.stringify(written)}`,
      rangeOf(block, 'delay_function'),
    );
  }
  return found;
}

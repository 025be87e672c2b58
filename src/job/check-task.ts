/** Rules of a task that need words of their own. Pure. */

import { nearestName } from '../nearest-name.ts';
import { nomadSignals } from '../signals.ts';
import type { Problems } from './problems.ts';
import { type RawBlock, rangeOf, text } from './raw-block.ts';

/** The only driver that there is. */
const ourDriver = 'raw_exec';

/** What to know of other drivers that people know. */
const otherDrivers: ReadonlyMap<string, string> = new Map([
  ['exec', 'exec isolates the task in a chroot, which raw_exec does not'],
  ['exec2', 'exec2 isolates the task, which raw_exec does not'],
  ['docker', 'containers are not run here'],
  ['podman', 'containers are not run here'],
  ['java', 'give "java" as the command of a raw_exec task'],
  ['qemu', 'give the emulator as the command of a raw_exec task'],
]);

/** Refuses what is not raw_exec. */
export function checkDriver(block: RawBlock, task: string, problems: Problems): void {
  const driver = text(block, 'driver') ?? '';
  if (driver === ourDriver) {
    return;
  }
  const range = rangeOf(block, 'driver');
  if (driver === '') {
    problems.error(
      `task ${JSON.stringify(task)} needs a driver: write driver = "${ourDriver}"`,
      range,
    );
    return;
  }
  const known = otherDrivers.get(driver);
  const hint = known === undefined ? '' : ` (${known})`;
  problems.error(
    `the driver must be "${ourDriver}", and is ${JSON.stringify(driver)}${hint}`,
    range,
  );
}

/** What a task can be asked to end by: SIGNULL is never sent. */
const killSignals = [...nomadSignals].filter((name) => name !== 'SIGNULL');

export function isKillSignal(name: string): boolean {
  return killSignals.includes(name);
}

/** Refuses a signal that nobody knows, unless it is yet to be filled in. */
export function checkKillSignal(block: RawBlock, problems: Problems): void {
  const signal = text(block, 'kill_signal') ?? '';
  if (signal === '' || signal.includes('${') || isKillSignal(signal)) {
    return;
  }
  const near = nearestName(signal, killSignals);
  problems.error(
    `"kill_signal" must be the name of a signal such as "SIGTERM", and is ${JSON.stringify(signal)}`,
    rangeOf(block, 'kill_signal'),
    near === undefined ? undefined : `Did you mean "${near}"?`,
  );
}

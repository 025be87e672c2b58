// Pure: from what a caller gave to limits, or to all that is wrong with it.

import { nearestName } from '../../nearest-name.ts';
import { showValue } from '../../process/invalid-option.ts';
import { InvalidLimitsError, type LimitIssue } from '../cgroup-errors.ts';
import { parseCpuList } from '../cpu-list.ts';
import type { LimitOption, TaskLimits } from './task-limits.ts';

/** Undefined: the value is right. Text: what it must be, as a noun phrase. */
type Check = (value: unknown) => string | undefined;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
  readonly isMaxAllowed?: boolean;
  readonly isFractionAllowed?: boolean;
}

/** Above it JavaScript cannot tell numbers apart; it is 8 PiB as bytes. */
const most = Number.MAX_SAFE_INTEGER;

function inRange(range: Range): Check {
  const { least, unit, isMaxAllowed = false, isFractionAllowed = false } = range;
  const kind = isFractionAllowed ? 'a number' : 'a whole number';
  const text = `${kind} of ${unit} from ${least} to ${range.most}${isMaxAllowed ? ", or 'max' for no limit" : ''}`;
  return (value) => {
    if (value === 'max' && isMaxAllowed) return undefined;
    const isNumber = isFractionAllowed ? Number.isFinite(value) : Number.isInteger(value);
    const isRight = isNumber && typeof value === 'number' && value >= least && value <= range.most;
    return isRight ? undefined : text;
  };
}

const bytes = (least: number): Check => inRange({ least, most, unit: 'bytes', isMaxAllowed: true });
const weight: Check = inRange({ least: 1, most: 10_000, unit: 'the weight' });
const rate = (unit: string): Check => inRange({ least: 1, most, unit, isMaxAllowed: true });

const cpuList: Check = (value) =>
  typeof value === 'string' && parseCpuList(value) !== undefined
    ? undefined
    : 'a list of numbers and ranges such as "0-3,7"';

const checks: Readonly<Record<Exclude<LimitOption, 'ioMax' | 'hugetlbMaxBytes'>, Check>> = {
  memoryMaxBytes: bytes(1),
  memoryHighBytes: bytes(1),
  memoryLowBytes: bytes(0),
  swapMaxBytes: bytes(0),
  memoryOomGroup: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  cpuWeight: weight,
  cpuShares: inRange({ least: 2, most: 262_144, unit: 'shares' }),
  cpuMaxCores: inRange({
    least: 0.01,
    most: 8192,
    unit: 'CPUs',
    isMaxAllowed: true,
    isFractionAllowed: true,
  }),
  cpusetCpus: cpuList,
  cpusetMems: cpuList,
  cores: inRange({ least: 1, most: 8192, unit: 'CPUs' }),
  // PID_MAX_LIMIT of the kernel.
  pidsMax: inRange({ least: 1, most: 4_194_304, unit: 'processes', isMaxAllowed: true }),
  ioWeight: weight,
};

const rates: Readonly<Record<string, Check>> = {
  readBytesPerSecond: rate('bytes per second'),
  writeBytesPerSecond: rate('bytes per second'),
  readOperationsPerSecond: rate('operations per second'),
  writeOperationsPerSecond: rate('operations per second'),
};

/** Names of all options. */
export const limitOptions: readonly string[] = [...Object.keys(checks), 'ioMax', 'hugetlbMaxBytes'];

/** Collects what is wrong. */
class Issues {
  readonly list: LimitIssue[] = [];

  check(path: string, value: unknown, check: Check): void {
    const wanted = check(value);
    if (wanted !== undefined) this.#refuse(path, value, wanted);
  }

  expect(path: string, value: unknown, wanted: string): void {
    this.#refuse(path, value, wanted);
  }

  #refuse(path: string, value: unknown, wanted: string): void {
    const what =
      value === undefined ? 'undefined; leave it out, or give' : `${showValue(value)}; it must be`;
    this.list.push({ path, message: `is ${what} ${wanted}` });
  }

  unknown(path: string, name: string, known: readonly string[]): void {
    const nearest = nearestName(name, known);
    const hint =
      nearest === undefined ? `there are ${known.join(', ')}` : `did you mean "${nearest}"?`;
    this.list.push({ path, message: `does not exist; ${hint}` });
  }

  both(one: string, other: string, limits: object): void {
    if (!(one in limits && other in limits)) return;
    this.list.push({ path: other, message: `cannot be given together with "${one}"` });
  }
}

/**
 * Checks limits. The order and the names of the options are those of `TaskLimits`.
 *
 * @param prefix - where they stand, for messages: `task.limits.`
 * @throws InvalidLimitsError with everything that is wrong
 */
export function readLimits(value: unknown, prefix = ''): TaskLimits {
  const issues = new Issues();
  if (!isRecord(value)) {
    issues.expect(prefix === '' ? 'limits' : prefix.slice(0, -1), value, 'an object of limits');
    throw new InvalidLimitsError(issues.list);
  }
  for (const [name, given] of Object.entries(value)) {
    const path = `${prefix}${name}`;
    if (name === 'ioMax') readDevices(issues, path, given);
    else if (name === 'hugetlbMaxBytes') readHugePages(issues, path, given);
    else if (isChecked(name)) issues.check(path, given, checks[name]);
    else issues.unknown(path, name, limitOptions);
  }
  issues.both('cpuWeight', 'cpuShares', value);
  issues.both('cores', 'cpusetCpus', value);
  if (issues.list.length > 0) throw new InvalidLimitsError(issues.list);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isChecked(name: string): name is keyof typeof checks {
  return Object.hasOwn(checks, name);
}

function readDevices(issues: Issues, path: string, value: unknown): void {
  if (!Array.isArray(value)) {
    issues.expect(path, value, 'a list of limits of devices');
    return;
  }
  for (const [index, entry] of value.entries()) readDevice(issues, `${path}[${index}]`, entry);
}

function readDevice(issues: Issues, path: string, value: unknown): void {
  if (!isRecord(value)) {
    issues.expect(path, value, 'an object with "device" and rates');
    return;
  }
  issues.check(`${path}.device`, value['device'], (device) =>
    typeof device === 'string' && /^\d{1,7}:\d{1,7}$/.test(device)
      ? undefined
      : 'the numbers of a disk such as "8:0"',
  );
  const names = Object.keys(value).filter((name) => name !== 'device');
  for (const name of names) {
    const check = Object.hasOwn(rates, name) ? rates[name] : undefined;
    if (check === undefined)
      issues.unknown(`${path}.${name}`, name, ['device', ...Object.keys(rates)]);
    else issues.check(`${path}.${name}`, value[name], check);
  }
  if (names.length === 0) issues.expect(path, value, 'an object with at least one rate');
}

function readHugePages(issues: Issues, path: string, value: unknown): void {
  if (!isRecord(value)) {
    issues.expect(path, value, 'an object of bytes by the size of a page');
    return;
  }
  for (const [size, limit] of Object.entries(value)) {
    if (/^\d{1,6}[KMG]B$/.test(size)) issues.check(`${path}.${size}`, limit, bytes(0));
    else issues.expect(`${path}.${size}`, size, 'a size of pages such as "2MB"');
  }
}

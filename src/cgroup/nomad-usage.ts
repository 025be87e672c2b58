// Pure: statistics in the shape that Nomad's clients know (TaskResourceUsage of its driver protocol).

import type { RatedSample } from './stats-sampler.ts';

/** Names of fields that hold a measured value; all others are 0 because nothing is known. */
export type NomadCpuField =
  | 'System Mode'
  | 'User Mode'
  | 'Percent'
  | 'Total Ticks'
  | 'Throttled Periods'
  | 'Throttled Time';

export type NomadMemoryField = 'RSS' | 'Cache' | 'Max Usage' | 'Kernel Usage' | 'Usage' | 'Swap';

/** CPU of a task. */
export interface NomadCpuUsage {
  /** Percent of one CPU, as `percent`. */
  readonly systemMode: number;
  readonly userMode: number;
  /** Percent of one CPU since the sample before; 0 and not measured in the first. */
  readonly percent: number;
  /** MHz that were used: `percent` of one CPU of this host. */
  readonly totalTicks: number;
  readonly throttledPeriods: number;
  /** Nanoseconds. */
  readonly throttledTime: number;
  readonly measured: readonly NomadCpuField[];
}

/** Memory of a task, in bytes. */
export interface NomadMemoryUsage {
  /** Memory without files. Shared pages are counted once, other than Nomad's own driver does. */
  readonly rss: number;
  readonly cache: number;
  readonly maxUsage: number;
  readonly kernelUsage: number;
  readonly usage: number;
  readonly swap: number;
  readonly measured: readonly NomadMemoryField[];
}

export interface NomadUsage {
  readonly cpu: NomadCpuUsage;
  readonly memory: NomadMemoryUsage;
}

const nsPerUs = 1000;

interface Field<Name extends string> {
  readonly name: Name;
  readonly value: number | undefined;
}

/** The fields whose value is known, by name. */
function measuredOf<Name extends string>(fields: readonly Field<Name>[]): readonly Name[] {
  return Object.freeze(fields.filter(({ value }) => value !== undefined).map(({ name }) => name));
}

/** How much of the CPU time of the last interval was of one kind, as percent of one CPU. */
function modePercent(
  before: RatedSample | undefined,
  after: RatedSample,
  mode: 'userUs' | 'systemUs',
): number | undefined {
  const first = before?.sample.cpu?.[mode];
  const second = after.sample.cpu?.[mode];
  const elapsedUs = (after.sample.takenAtMs - (before?.sample.takenAtMs ?? Number.NaN)) * 1000;
  if (first === undefined || second === undefined || !(elapsedUs > 0)) return undefined;
  return (Math.max(0, second - first) / elapsedUs) * 100;
}

/**
 * @param before the sample before, from the same subscription; absent for the first
 * @param cpuMhz speed of one CPU of this host, for `totalTicks`; absent when it is unknown
 */
export function nomadUsage(
  before: RatedSample | undefined,
  after: RatedSample,
  cpuMhz?: number,
): NomadUsage {
  return Object.freeze({ cpu: cpuUsage(before, after, cpuMhz), memory: memoryUsage(after) });
}

function cpuUsage(
  before: RatedSample | undefined,
  after: RatedSample,
  cpuMhz: number | undefined,
): NomadCpuUsage {
  const { cpu } = after.sample;
  const percent = after.cpuPercent;
  const ticks =
    percent === undefined || cpuMhz === undefined ? undefined : (percent / 100) * cpuMhz;
  const throttledUs = cpu?.throttledUs;
  const system: Field<'System Mode'> = {
    name: 'System Mode',
    value: modePercent(before, after, 'systemUs'),
  };
  const user: Field<'User Mode'> = {
    name: 'User Mode',
    value: modePercent(before, after, 'userUs'),
  };
  return Object.freeze({
    systemMode: system.value ?? 0,
    userMode: user.value ?? 0,
    percent: percent ?? 0,
    totalTicks: ticks ?? 0,
    throttledPeriods: cpu?.throttledPeriods ?? 0,
    throttledTime: (throttledUs ?? 0) * nsPerUs,
    measured: measuredOf<NomadCpuField>([
      system,
      user,
      { name: 'Percent', value: percent },
      { name: 'Total Ticks', value: ticks },
      { name: 'Throttled Periods', value: cpu?.throttledPeriods },
      { name: 'Throttled Time', value: throttledUs },
    ]),
  });
}

function memoryUsage({ sample: { memory, memoryDetail } }: RatedSample): NomadMemoryUsage {
  return Object.freeze({
    rss: memoryDetail?.anonBytes ?? 0,
    cache: memoryDetail?.fileBytes ?? 0,
    maxUsage: memory?.peakBytes ?? 0,
    kernelUsage: memoryDetail?.kernelBytes ?? 0,
    usage: memory?.currentBytes ?? 0,
    swap: memory?.swapBytes ?? 0,
    measured: measuredOf<NomadMemoryField>([
      { name: 'RSS', value: memoryDetail?.anonBytes },
      { name: 'Cache', value: memoryDetail?.fileBytes },
      { name: 'Max Usage', value: memory?.peakBytes },
      { name: 'Kernel Usage', value: memoryDetail?.kernelBytes },
      { name: 'Usage', value: memory?.currentBytes },
      { name: 'Swap', value: memory?.swapBytes },
    ]),
  });
}

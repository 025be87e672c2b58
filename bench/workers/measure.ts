// Owner of the measured loop: every worker that runs JavaScript uses this one.

import { takeLoad } from './load.ts';
import { parseSettings, type Settings } from './settings.ts';

/** How one rival starts a program. */
export interface Starter {
  /**
   * Starts the target and calls `seen` when its exit is known: with its exit code, and with the number of bytes that
   * it wrote when the mode is `pipe`. What it returns is when the call is over.
   */
  start(seen: (code: number | null, bytes: number) => void): void;
  /** Starts a program that sleeps, and returns what ends it. */
  startSleeper(): () => void;
  /** The same, for the mode `notice`: returns its pid, and calls `told` when its end is known. */
  startVictim?(told: () => void): number;
}

/** Runs the loop that the arguments describe and prints the result as one line of JSON. */
export async function measure(
  args: readonly string[],
  makeStarter: (settings: Settings) => Starter | Promise<Starter>,
): Promise<void> {
  const settings = parseSettings(args);
  const starter = await makeStarter(settings);
  takeLoad(settings);
  const ends: (() => void)[] = [];
  for (let count = 0; count < settings.children; count += 1) ends.push(starter.startSleeper());
  const result =
    settings.mode === 'throughput'
      ? await measureThroughput(settings, starter)
      : await measureTimes(settings, oneOf(settings, starter));
  process.stdout.write(`${JSON.stringify(result)}\n`);
  for (const end of ends) end();
}

/** Nanoseconds of `call` and of `seen`. */
type Times = readonly [call: number, seen: number];

function oneOf(settings: Settings, starter: Starter): () => Promise<Times> {
  if (settings.mode === 'notice') {
    return () =>
      measureNotice(async (told) => {
        if (starter.startVictim === undefined) throw new Error('this worker knows no victims');
        return starter.startVictim(told);
      });
  }
  const wantedBytes = settings.mode === 'pipe' ? Number(settings.targetArgument) : 0;
  return () =>
    new Promise((resolve, reject) => {
      const started = process.hrtime.bigint();
      let called = started;
      starter.start((code, bytes) => {
        const seen = process.hrtime.bigint();
        if (code !== 0 || bytes !== wantedBytes) reject(new Error(`code ${code}, ${bytes} bytes`));
        else resolve([Number(called - started), Number(seen - started)]);
      });
      called = process.hrtime.bigint();
    });
}

/** `call`: the signal; `seen`: from the signal until the end is told. */
export async function measureNotice(
  startVictim: (told: () => void) => Promise<number>,
): Promise<Times> {
  let tell = (): void => undefined;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const pid = await startVictim(() => tell());
  // It is to sleep by then; its first instructions are no part of its end.
  await new Promise((resolve) => setTimeout(resolve, 1));
  const started = process.hrtime.bigint();
  process.kill(pid, 'SIGKILL');
  const called = process.hrtime.bigint();
  await told;
  return [Number(called - started), Number(process.hrtime.bigint() - started)];
}

/** Warms up, then measures one after the other. */
export async function measureTimes(
  { warmup, iterations, maxMs }: Settings,
  one: () => Promise<Times>,
): Promise<object> {
  const warm = performance.now() + maxMs;
  for (let count = 0; count < warmup && performance.now() < warm; count += 1) await one();
  const call: number[] = [];
  const seen: number[] = [];
  const end = performance.now() + maxMs;
  while (call.length < iterations && (call.length === 0 || performance.now() < end)) {
    const times = await one();
    call.push(times[0]);
    seen.push(times[1]);
  }
  return { call, seen };
}

async function measureThroughput(settings: Settings, starter: Starter): Promise<object> {
  // Half the time for the compiler to settle, then the measurement in the same process.
  await keepBusy(settings, starter, settings.warmup);
  return { perSecond: await keepBusy(settings, starter, settings.iterations) };
}

function keepBusy(settings: Settings, starter: Starter, total: number): Promise<number> {
  if (total === 0) return Promise.resolve(0);
  const begin = performance.now();
  const end = begin + settings.maxMs;
  let wanted = total;
  let started = 0;
  let ended = 0;
  return new Promise((resolve, reject) => {
    const more = (): void => {
      started += 1;
      starter.start((code) => {
        ended += 1;
        if (code !== 0) reject(new Error(`code ${code}`));
        const now = performance.now();
        if (now > end) wanted = started;
        if (started < wanted) more();
        else if (ended === wanted) resolve((ended * 1000) / (now - begin));
      });
    };
    for (let count = Math.min(settings.concurrency, total); count > 0; count -= 1) more();
  });
}

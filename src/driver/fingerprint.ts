// Owner of one timer per stream: what the driver tells a scheduler about itself, again and again.

import { passes } from './passes.ts';

/** What a scheduler learns about the driver on this host. */
export interface Fingerprint {
  /**
   * `driver.raw_exec` is `"1"` where tasks may be started; without it there are no others. `driver.raw_exec.containment` is
   * `cgroup-v2`, `cgroup-hybrid`, `cgroup-v1` or `process-tree`, `driver.raw_exec.cgroup_mode` is `v2`, `hybrid`, `v1` or
   * `none`; where tasks have groups, `driver.raw_exec.cgroup_parent` and `driver.raw_exec.cgroup_controllers` (a list with
   * commas) say which. See docs/doctor.md.
   */
  readonly attributes: Readonly<Record<string, string>>;
  readonly health: 'undetected' | 'unhealthy' | 'healthy';
  readonly healthDescription: string;
}

/** How a stream of fingerprints behaves. */
export interface FingerprintOptions {
  /** Time between two, in milliseconds. @default 30000 */
  readonly intervalMs?: number;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

/** What is known about the host; it may not be known. */
export type HostFacts =
  | { readonly attributes: Readonly<Record<string, string>> }
  | { readonly unknown: string };

export const disabledFingerprint: Fingerprint = Object.freeze({
  attributes: Object.freeze({}),
  health: 'undetected',
  healthDescription: 'disabled',
});

/** Tasks can be started, whatever the host gives to them. */
export function enabledFingerprint(facts: HostFacts): Fingerprint {
  const own = { 'driver.raw_exec': '1' };
  return 'unknown' in facts
    ? { attributes: own, health: 'healthy', healthDescription: `Healthy, but ${facts.unknown}` }
    : {
        attributes: { ...own, ...facts.attributes },
        health: 'healthy',
        healthDescription: 'Healthy',
      };
}

/** One fingerprint at once, then one each interval, until a signal fires. */
export async function* fingerprintStream(
  take: () => Promise<Fingerprint>,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<Fingerprint, void, undefined> {
  do {
    yield await take();
  } while (await passes(intervalMs, signal));
}

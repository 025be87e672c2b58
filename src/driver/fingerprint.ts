// Owner of one timer per stream: what the driver tells a scheduler about itself, again and again.

import { setTimeout as delay } from 'node:timers/promises';

/** What a scheduler learns about the driver on this host. */
export interface Fingerprint {
  /** `driver.raw_exec` is `"1"` where tasks may be started, and absent where not. */
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

export function fingerprintOf(isEnabled: boolean): Fingerprint {
  return isEnabled
    ? { attributes: { 'driver.raw_exec': '1' }, health: 'healthy', healthDescription: 'Healthy' }
    : { attributes: {}, health: 'undetected', healthDescription: 'disabled' };
}

/** One fingerprint at once, then one each interval, until a signal fires. The timer holds the event loop: somebody reads. */
export async function* fingerprintStream(
  take: () => Fingerprint,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<Fingerprint, void, undefined> {
  do {
    yield take();
  } while (await passes(intervalMs, signal));
}

/** False when the signal fired before the time was over. */
async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) {
      return false;
    }
    throw error;
  }
}

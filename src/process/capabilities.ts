// Owner of what this process knows about its own rights.

import { readFileSync } from 'node:fs';

/** Bits of capabilities(7). */
export const Capability = { setgid: 6, setuid: 7 } as const;

let knownEuid = -1;
let knownCapabilities = 0n;

/**
 * Whether the effective set of this process holds a capability. Read again when the effective user has changed, which
 * is when the kernel changes the set.
 */
export function hasCapability(bit: number): boolean {
  const euid = process.geteuid?.() ?? 0;
  if (euid !== knownEuid) {
    knownCapabilities = readEffectiveCapabilities();
    knownEuid = euid;
  }
  return ((knownCapabilities >> BigInt(bit)) & 1n) === 1n;
}

/** Of this thread: capabilities belong to threads, and the start is made by the one that called. */
function readEffectiveCapabilities(): bigint {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(status);
  return match === null ? 0n : BigInt(`0x${match[1] ?? '0'}`);
}

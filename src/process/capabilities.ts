// Owner of what this process knows about its own rights.

import { readFileSync } from 'node:fs';
import { hasErrorCode } from '../system-code.ts';

/** Bits of capabilities(7). */
export const Capability = { setgid: 6, setuid: 7 } as const;

const allCapabilities = 2n ** 64n - 1n;

let knownEuid = -1;
let knownCapabilities = 0n;

/**
 * Whether the effective set of this process holds a capability. Read again when the effective user has changed, which
 * is when the kernel changes the set. Where /proc cannot tell, the kernel's own answer to the start has to do.
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
  let status: string;
  try {
    status = readFileSync('/proc/thread-self/status', 'utf8');
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT', 'EACCES'])) return allCapabilities;
    throw error;
  }
  const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(status);
  return match === null ? 0n : BigInt(`0x${match[1] ?? '0'}`);
}

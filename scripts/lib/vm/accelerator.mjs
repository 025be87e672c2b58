// Owner of one question: can this machine run guests itself, or must QEMU translate every instruction?

import { accessSync, constants, readFileSync } from 'node:fs';

/** /dev/kvm alone proves nothing: some nested kinds have one that cannot boot an unchanged kernel. The CPU must say it too. */
export function accelerator() {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    // Absent, or not for us: both mean emulation.
    return 'tcg';
  }
  return /\b(vmx|svm)\b/.test(readFileSync('/proc/cpuinfo', 'utf8')) ? 'kvm' : 'tcg';
}

/** How much longer a deadline must be in the guest: process starts are about 27 times slower under emulation. */
export const slowness = (kind) => (kind === 'kvm' ? 2 : 8);

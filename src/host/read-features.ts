// Owner of nothing; asks the kernel what it has.

import { existsSync } from 'node:fs';
import { hostFiles } from '../cgroup/cgroup-files.ts';
import { HostFeature } from '../native/host.ts';
import { KernelFeature } from '../native/kernel.ts';
import { native } from '../native.ts';
import type { FeatureReport } from './host-report.ts';
import {
  type FeatureName,
  type FeatureState,
  featureNames,
  featureReport,
} from './kernel-features.ts';

const startBits: Readonly<Partial<Record<FeatureName, number>>> = {
  clone3: KernelFeature.clone3,
  pidfd: KernelFeature.pidfd,
  CLONE_CLEAR_SIGHAND: KernelFeature.cloneClearSighand,
  CLONE_INTO_CGROUP: KernelFeature.cloneIntoCgroup,
  CLOSE_RANGE_UNSHARE: KernelFeature.closeRangeUnshare,
  CLOSE_RANGE_CLOEXEC: KernelFeature.closeRange,
  'shared memory of vfork': KernelFeature.sharedVfork,
};

const hostBits: Readonly<Partial<Record<FeatureName, number>>> = {
  SO_PEERPIDFD: HostFeature.soPeerPidfd,
  pidfs: HostFeature.pidfs,
  PIDFD_INFO_EXIT: HostFeature.pidfdInfoExit,
};

/** @param group a group of version 2 below the top, which has few of their files; undefined where there is none to look into */
export function readFeatures(group: string | undefined): readonly FeatureReport[] {
  const ofStarts = native.kernelFeatures();
  const ofHost = native.hostFeatures();
  const stateOf = (name: FeatureName): FeatureState => {
    const startBit = startBits[name];
    const hostBit = hostBits[name];
    if (startBit !== undefined) {
      return stateOfBit(ofStarts, startBit);
    }
    return hostBit === undefined ? stateInGroups(name, group) : stateOfBit(ofHost, hostBit);
  };
  return featureNames.map((name) => featureReport(name, stateOf(name)));
}

function stateOfBit(bits: number, bit: number): FeatureState {
  return (bits & bit) === 0 ? 'absent' : 'present';
}

function stateInGroups(name: FeatureName, group: string | undefined): FeatureState {
  if (name === 'pressure (PSI)') {
    // Where it is compiled in and switched off, the file is there and cannot be read (EOPNOTSUPP).
    return hostFiles.read('/proc/pressure/cpu') === undefined ? 'absent' : 'present';
  }
  if (group === undefined) {
    return 'unknown';
  }
  if (name === 'user xattr on groups') {
    // ENODATA (61): the kernel has looked for it. EOPNOTSUPP: it keeps none on groups.
    const answer = native.readAttribute(group, 'user.raw-exec.task');
    return answer === -61 || typeof answer === 'string' ? 'present' : 'absent';
  }
  const isOfMemory = name.startsWith('memory.');
  if (isOfMemory && !existsSync(`${group}/memory.current`)) {
    return 'unknown';
  }
  return existsSync(`${group}/${name}`) ? 'present' : 'absent';
}

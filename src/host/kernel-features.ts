// Pure: the facilities of the kernel that raw-exec uses, from which version on, and what it does without them.

import type { FeatureReport } from './host-report.ts';

export type FeatureName = keyof typeof features;

export type FeatureState = FeatureReport['state'];

const features = {
  clone3: {
    since: '5.3',
    use: 'makes a process with all its settings in one call',
    instead: 'clone(2), and the child does the rest',
  },
  pidfd: {
    since: '5.4',
    use: 'waits for processes and signals them without mistaking one for another',
    instead: 'process ids, used only before a process is waited for',
  },
  CLONE_CLEAR_SIGHAND: {
    since: '5.5',
    use: 'resets all signal handlers in one step',
    instead: 'the child resets them one by one',
  },
  CLONE_INTO_CGROUP: {
    since: '5.7',
    use: 'a task is in its group from its first instruction on',
    instead: 'the child writes itself into cgroup.procs, which takes milliseconds',
  },
  CLOSE_RANGE_UNSHARE: {
    since: '5.9',
    use: 'a start costs the same however many descriptors are open',
    instead: 'the table of descriptors is copied at each start',
  },
  CLOSE_RANGE_CLOEXEC: {
    since: '5.11',
    use: 'marks all other descriptors to be closed in one call',
    instead: 'they are marked one by one',
  },
  'shared memory of vfork': {
    since: '2.2',
    use: 'a start costs the same however much memory this process has',
    instead: 'a pipe tells how the start went; valgrind and emulators have no vfork',
  },
  SO_PEERPIDFD: {
    since: '6.5',
    use: 'knows who is at the other end of a socket, also after its end',
    instead: 'the process id and the start time of the process are compared',
  },
  pidfs: {
    since: '6.9',
    use: 'tells processes apart by an inode that is never used twice',
    instead: 'boot id, process id and start time',
  },
  PIDFD_INFO_EXIT: {
    since: '6.15',
    use: 'exit status of a task whose parent has died with it',
    instead: 'the status is told as unknown',
  },
  'cgroup.freeze': {
    since: '5.2',
    use: 'holds all processes of a task at once',
    instead: 'the freezer of version 1, else SIGSTOP to each',
  },
  'cgroup.kill': {
    since: '5.14',
    use: 'ends all processes of a task at once',
    instead: 'freeze, SIGKILL to each, thaw',
  },
  'user xattr on groups': {
    since: '5.7',
    use: 'a group carries the id of its task',
    instead: 'names of groups alone',
  },
  'memory.oom.group': {
    since: '4.19',
    use: 'an OOM kill takes the whole task',
    instead: 'the kernel ends one process of it',
  },
  'memory.peak': {
    since: '5.19',
    use: 'the most memory that a task has used',
    instead: 'memory.max_usage_in_bytes of version 1, else the highest sample',
  },
  'memory.reclaim': {
    since: '5.19',
    use: 'takes memory back from a task before its limit is lowered',
    instead: 'lowering the limit takes it back, which takes longer',
  },
  'pressure (PSI)': {
    since: '4.20',
    use: 'how long tasks have waited for CPU, memory and disks',
    instead: 'statistics have no pressure',
  },
} as const satisfies Record<string, Omit<FeatureReport, 'name' | 'state'>>;

/** All of them, in the order of the table. */
export const featureNames: readonly FeatureName[] = Object.keys(features) as FeatureName[];

export function featureReport(name: FeatureName, state: FeatureState): FeatureReport {
  return { name, state, ...features[name] };
}

// Pure: what to do about what a host lacks.

import type { HostReport, LimitReport } from './host-report.ts';

/** Fewer open files than this are too few for a supervisor: a task with piped output takes up to five. */
const fewFiles = 4096;
/** Fewer processes than this are soon used up by the tasks themselves. */
const fewProcesses = 1024;

/** One entry for each thing missing, the most useful first. */
export function adviceFor(report: Omit<HostReport, 'advice'>): readonly string[] {
  return [
    ...aboutGroups(report),
    ...aboutControllers(report),
    ...aboutLimits(report),
    ...aboutRights(report),
    ...aboutFeatures(report),
  ];
}

function aboutGroups({ containment, cgroups }: Omit<HostReport, 'advice'>): readonly string[] {
  const advice: string[] = [];
  if (containment.reason !== undefined) {
    advice.push(`No groups for tasks: ${containment.reason}`);
  }
  if (cgroups.mode === 'hybrid' || cgroups.mode === 'v1') {
    advice.push(
      'Controllers are of version 1 here: no memory.high, no pressure of single tasks, slower stops. ' +
        'Boot with systemd.unified_cgroup_hierarchy=1, or cgroup_no_v1=all without systemd, to have version 2 alone',
    );
  }
  return [...advice, ...cgroups.remarks];
}

/** Controllers that are withheld for one reason are told together. */
function aboutControllers({ containment }: Omit<HostReport, 'advice'>): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const [controller, reason] of Object.entries(containment.withheld)) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), controller]);
  }
  return [...byReason].map(([reason, names]) => `No limits by ${names.join(', ')}: ${reason}`);
}

function aboutLimits({ limits }: Omit<HostReport, 'advice'>): readonly string[] {
  const advice: string[] = [];
  const find = (name: string): LimitReport | undefined => limits.find((row) => row.name === name);
  const files = find('open files');
  if (isBelow(files, fewFiles)) {
    advice.push(
      `Only ${files?.limit} open files: raise RLIMIT_NOFILE (\`ulimit -n ${fewFiles}\`, LimitNOFILE= of the unit)`,
    );
  }
  const processes = find('processes of this user');
  if (isBelow(processes, fewProcesses)) {
    advice.push(
      `Only ${processes?.limit} processes for this user: raise RLIMIT_NPROC (\`ulimit -u\`, LimitNPROC= of the unit)`,
    );
  }
  const group = find('processes of our cgroup');
  if (isBelow(group, fewProcesses)) {
    advice.push(
      `Only ${group?.limit} processes in ${group?.source}: raise it (TasksMax= of the unit)`,
    );
  }
  return advice;
}

function isBelow(row: LimitReport | undefined, least: number): boolean {
  return row !== undefined && row.limit !== null && row.limit < least;
}

function aboutRights({ user }: Omit<HostReport, 'advice'>): readonly string[] {
  return user.uid === 0
    ? []
    : ['Tasks run as this user only: `user` of a task needs root, or CAP_SETUID and CAP_SETGID'];
}

function aboutFeatures({ features, kernel }: Omit<HostReport, 'advice'>): readonly string[] {
  const absent = features.filter(({ state }) => state === 'absent');
  const advice = absent
    .filter(({ since }) => !isAtLeast(kernel.release, since))
    .map(({ name, since, instead }) => `No ${name}: Linux ${since} has it. Until then ${instead}`);
  const refused = absent
    .filter(({ since }) => isAtLeast(kernel.release, since))
    .map(({ name, since, instead }) => {
      const hint =
        name === 'pressure (PSI)'
          ? 'boot with psi=1'
          : 'a sandbox around this process refuses it, or the kernel was built without it';
      return `No ${name}, though Linux has it since ${since}: ${hint}. Until then ${instead}`;
    });
  return [...advice, ...refused];
}

/** Whether a release such as `6.12.48+deb13-amd64` is of a version or a later one. */
export function isAtLeast(release: string, version: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

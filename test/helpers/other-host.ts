// Pure: the files of a host that this one is not, for what reads cgroups.

import type { CgroupFiles } from '../../src/cgroup/cgroup-files.ts';

/** A host in a few tables. */
export interface OtherHost {
  /** Path to text. */
  readonly files: Readonly<Record<string, string>>;
  /** Mount point to `major:minor`; by default as mountinfo has it, that is: no mount is hidden. */
  readonly devices?: Readonly<Record<string, string>>;
  /** Directory to uid. @default 0 */
  readonly owners?: Readonly<Record<string, number>>;
  /** Paths that may be written; what is below them may be too. @default everything */
  readonly writable?: readonly string[];
  /** Directories with systemd's mark. */
  readonly delegated?: readonly string[];
}

export function otherHost(host: OtherHost): CgroupFiles {
  const { files, owners = {}, writable, delegated = [] } = host;
  const devices = host.devices ?? devicesOf(files['/proc/self/mountinfo'] ?? '');
  return {
    read: (path) => files[path],
    device: (path) => devices[path],
    owner: (path) => owners[path] ?? 0,
    isWritable: (path) =>
      writable === undefined ||
      writable.some((entry) => path === entry || path.startsWith(`${entry}/`)),
    isMarkedDelegated: (directory) => delegated.includes(directory),
  };
}

function devicesOf(mountinfo: string): Readonly<Record<string, string>> {
  const lines = mountinfo.split('\n').map((line) => line.split(' '));
  return Object.fromEntries(lines.map(([, , device = '', , place = '']) => [place, device]));
}

// Pure: where the host has mounted its cgroup hierarchies, from the text of /proc/self/mountinfo, see proc_pid_mountinfo(5).

/** One mounted hierarchy. */
export interface CgroupMount {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** The directory inside the hierarchy that is mounted: `/` unless it is a part of it, as in containers. */
  readonly root: string;
  /** Version 1: its controllers, named ones as `name=systemd`. */
  readonly controllers: readonly string[];
}

/** All cgroup mounts, in the order of the text. */
export function parseCgroupMounts(mountinfo: string): readonly CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , , root = '', mountPoint = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') {
      return [];
    }
    const mount: CgroupMount = {
      version: type === 'cgroup2' ? 2 : 1,
      mountPoint: decodeOctal(mountPoint),
      root: decodeOctal(root),
      controllers: type === 'cgroup2' ? [] : options.split(',').filter(isController),
    };
    return [mount];
  });
}

/** The mount of the version 2 hierarchy, or of one controller of version 1. A mount of the whole is preferred. */
export function findCgroupMount(
  mounts: readonly CgroupMount[],
  controller?: string,
): CgroupMount | undefined {
  const fitting = mounts.filter((mount) =>
    controller === undefined
      ? mount.version === 2
      : mount.controllers.includes(controller) || mount.controllers.includes(`name=${controller}`),
  );
  return fitting.find((mount) => mount.root === '/') ?? fitting[0];
}

const mountOptions = new Set(['ro', 'rw', 'xattr', 'noprefix', 'clone_children']);

/** The options of a version 1 super block are its controllers and a few flags. */
function isController(option: string): boolean {
  const isSetting = option.includes('=') && !option.startsWith('name=');
  return option !== '' && !mountOptions.has(option) && !isSetting;
}

/** Blanks, tabs, newlines and backslashes are written in octal. */
function decodeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

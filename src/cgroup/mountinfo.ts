// Pure: the text of /proc/self/mountinfo, see proc_pid_mountinfo(5).

/** One mount of the mount namespace. */
export interface Mount {
  /** `major:minor`, as st_dev of its files. */
  readonly device: string;
  /** The directory inside the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  /** Of this mount: `rw`, `nosuid`, … */
  readonly options: readonly string[];
  readonly type: string;
  /** Of the file system. */
  readonly superOptions: readonly string[];
}

/** All mounts, in the order of the text; a later one hides an earlier one of the same place. */
export function parseMountinfo(text: string): readonly Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

/** Between the options of the mount and ` - ` stand optional fields, as many as there are. */
function parseLine(line: string): Mount {
  const [before = '', after = ''] = line.split(' - ', 2);
  const [, , device = '', root = '', mountPoint = '', options = ''] = before.split(' ');
  const [type = '', , superOptions = ''] = after.split(' ');
  return {
    device,
    root: decodeOctal(root),
    mountPoint: decodeOctal(mountPoint),
    options: options.split(','),
    type,
    superOptions: superOptions.split(','),
  };
}

/** Blanks, tabs, newlines, backslashes and number signs are written in octal, and nothing else is. */
function decodeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

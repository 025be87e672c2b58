// Look-ups by name: commands in a PATH, users and groups at the system's name service (native/addon/names.cc).

/** A user as the system's name service tells it (getpwnam_r, getpwuid_r, getgrouplist). */
export interface NativeUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** Primary group included, no duplicates. */
  readonly groups: readonly number[];
}

export interface NameFunctions {
  /**
   * Looks a command without a slash up in `path` (a PATH value) as execvp does; `cwd` is what empty and relative elements refer to.
   * @returns the file, or minus the errno to report (ENOENT, or EACCES when a file was there that may not be executed).
   */
  lookUp(command: string, path: string, cwd: string | undefined): string | number;
  /** By name or id. @returns undefined for an unknown user; throws an Error with `errno` when the name service fails. */
  findUser(nameOrId: string | number): NativeUser | undefined;
  /** The same on a thread of its own. @returns a positive errno when the name service fails. */
  findUserLater(nameOrId: string | number): Promise<NativeUser | undefined | number>;
  findGroup(nameOrId: string | number): { readonly name: string; readonly gid: number } | undefined;
}

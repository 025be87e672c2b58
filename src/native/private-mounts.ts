// File systems in memory, mounted over a directory (native/addon/private_mounts.cc).

export interface PrivateMountFunctions {
  /**
   * Mounts a tmpfs of that size over a directory, with mode 0700 and that owner: without devices, programs and set-user-ID.
   *
   * @returns 0 or a positive errno: EPERM where mounts are not permitted
   */
  mountMemory(directory: string, bytes: number, uid: number, gid: number): Promise<number>;
  /**
   * Unmounts what is mounted at the directory itself, also while it is used.
   *
   * @returns 0, also when nothing is mounted there, or a positive errno
   */
  unmountAll(directory: string): Promise<number>;
}

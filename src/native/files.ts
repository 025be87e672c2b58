// What node:fs does in many steps, in one on its pool (native/addon/files.cc): an allocation has a dozen directories, and its record is
// written several times.

export interface FileFunctions {
  /**
   * Replaces files as wholes: each is written beside its place, under its name with `.new` behind it, and moved there. Readers find the
   * old one or the new one, also when this process is killed meanwhile.
   *
   * @param paths joined with NULs
   * @param texts of each, joined with NULs
   * @param isSynced whether they are to outlive a loss of power, too
   * @returns for each 0 or a positive errno: then what was there is still there
   */
  replaceFiles(paths: string, texts: string, mode: number, isSynced: boolean): Promise<number[]>;
  /**
   * Makes directories in order, each with exactly this mode and this owner; up to the first that cannot be made.
   *
   * @param paths joined with NULs
   * @param attributes mode, user id and group id of each; -1 for both ids: who makes it
   * @returns 0 or a packed failure, see groups.ts: EEXIST where something is there already
   */
  makeDirectories(paths: string, attributes: Float64Array): Promise<number>;
  /**
   * @param paths joined with NULs
   * @returns for each its type and permission bits, st_mode of inode(7), links followed; or a negative errno
   */
  fileModes(paths: string): Promise<number[]>;
}

// Directories with all that is in them (native/addon/directory_trees.cc).

export interface DirectoryTreeFunctions {
  /**
   * Removes a directory and all that is below it. Follows no symbolic link and leaves no mount, also while somebody exchanges what
   * is there: node:fs goes by names, and can be led elsewhere.
   *
   * @returns 0, also when it was gone already, or the errno of the first thing that could not be removed: all others are gone then.
   * EBUSY: something is mounted there. ENOTEMPTY: somebody makes new files faster than they are removed.
   */
  removeTree(path: string): Promise<number>;
}

// Facts about the host that no start needs (native/addon/host.cc).

/** Bits of `Native.hostFeatures`. */
export const HostFeature = {
  /** Linux 6.9: pidfds have inodes of their own. */
  pidfs: 1,
  /** Linux 6.13. */
  pidfdInfo: 2,
  /** Linux 6.15: exit status of a process that somebody else has reaped. */
  pidfdInfoExit: 4,
  /** Linux 6.5. */
  soPeerPidfd: 8,
} as const;

export interface HostFunctions {
  /** What the kernel has beside `kernelFeatures`; bits are named in `HostFeature`. Tried anew at each call. */
  hostFeatures(): number;
  /** getxattr(2). @returns the value, or minus the errno: ENODATA where there is none of that name. */
  readAttribute(path: string, name: string): string | number;
}

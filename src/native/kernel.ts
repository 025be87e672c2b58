// What the running kernel has (native/core/kernel_features.h).

/** Bits of `Native.kernelFeatures`. */
export const KernelFeature = {
  clone3: 1,
  cloneIntoCgroup: 2,
  cloneClearSighand: 4,
  pidfd: 8,
  closeRange: 16,
  closeRangeUnshare: 32,
  sharedVfork: 64,
  forker: 128,
} as const;

export interface KernelFunctions {
  /** Whether `process.env` of this thread is the process's own environment: worker threads have a copy. */
  readonly isMainThread: boolean;
  /** What the kernel has; bits are named in `KernelFeature`. */
  kernelFeatures(): number;
  /** For tests: pretend that these features are absent (0 = none). Takes effect for later starts of this process. */
  disableFeatures(bits: number): void;
}

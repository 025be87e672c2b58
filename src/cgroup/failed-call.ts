// Pure: what node:fs says of a system call that has failed.

/** @throws `error` itself when it is no failed system call */
export function failureOf(error: unknown): { readonly code: string; readonly errno: number } {
  if (error instanceof Error && 'code' in error && 'errno' in error) {
    const { code, errno } = error;
    if (typeof code === 'string' && typeof errno === 'number') return { code, errno: -errno };
  }
  throw error;
}

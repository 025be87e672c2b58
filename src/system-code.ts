// Pure: the name of the errno in what node:fs throws.

/** `'ENOENT'`, or an empty text for what is no failed system call. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** Whether `error` is a system error with one of these codes: `ENOENT`, for example. */
export function hasErrorCode(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(codeOf(error));
}

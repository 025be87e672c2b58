// Pure: what goes wrong with a task's groups, and with limits on them.

import { type ErrorDetails, RawExecError } from '../errors.ts';

/** What a `CgroupError` can be about. Each is described in docs/limits.md. */
export type CgroupErrorCode =
  | 'ERR_CGROUP'
  | 'ERR_CGROUP_BUSY'
  | 'ERR_CGROUP_CLOSED'
  | 'ERR_CGROUP_FULL'
  | 'ERR_CORES_TAKEN'
  | 'ERR_LIMIT_REFUSED'
  | 'ERR_LIMIT_UNSUPPORTED';

export interface CgroupErrorDetails extends ErrorDetails {
  /** The option of `TaskLimits`. */
  readonly option?: string;
  /** What was to be written into `path`. */
  readonly value?: string;
}

/** A group that could not be made, limited or removed. What was made on the way is gone again. */
export class CgroupError extends RawExecError {
  declare readonly code: CgroupErrorCode;
  /** The option of `TaskLimits` that it is about. */
  declare readonly option?: string;
  /** What was to be written into `path`. */
  declare readonly value?: string;

  constructor(code: CgroupErrorCode, message: string, details: CgroupErrorDetails = {}) {
    super(code, message, details);
    if (details.option !== undefined) this.option = details.option;
    if (details.value !== undefined) this.value = details.value;
  }

  static {
    Object.defineProperty(CgroupError.prototype, 'name', {
      value: 'CgroupError',
      configurable: true,
    });
  }
}

/** One thing that is wrong with limits. */
export interface LimitIssue {
  /** The option, with the path inside it: `ioMax[0].device`. */
  readonly path: string;
  readonly message: string;
}

/** Limits that can never work: a mistake in the calling program or in its configuration. Nothing was made. */
export class InvalidLimitsError extends TypeError {
  readonly code = 'ERR_INVALID_LIMITS';
  /** All that is wrong, in the order of the options. */
  readonly issues: readonly LimitIssue[];

  constructor(issues: readonly LimitIssue[]) {
    super(issues.map(({ path, message }) => `limit "${path}" ${message}`).join('\n'));
    this.issues = issues;
  }
}

import { nameClass, RawExecError } from '../errors.ts';
import { type ConfigIssue, formatConfigIssue } from './config-issue.ts';

/** A configuration that cannot be used: `code` is `ERR_TASK_CONFIG` or `ERR_DRIVER_CONFIG`. */
export class ConfigError extends RawExecError {
  /** Every problem, each with its path. */
  readonly issues: readonly ConfigIssue[];

  constructor(
    code: 'ERR_TASK_CONFIG' | 'ERR_DRIVER_CONFIG',
    what: string,
    issues: readonly ConfigIssue[],
  ) {
    super(code, `${what}: ${issues.map(formatConfigIssue).join('; ')}`);
    this.issues = issues;
  }

  static {
    nameClass(ConfigError, 'ConfigError');
    Object.defineProperty(ConfigError.prototype, 'name', {
      value: 'ConfigError',
      configurable: true,
    });
  }
}

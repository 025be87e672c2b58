// Pure: what is wrong with a configuration, in a form that every face of the driver can show in its own way.

/** One problem of a configuration. */
export interface ConfigIssue {
  /** Where it stands: keys and list indexes from the outermost block inwards; empty for the block itself. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what is allowed; goes after the path: `work_dir: must be an absolute path, got "data"`. */
  readonly message: string;
}

/** What came of reading a configuration: all of it, or every reason why not. */
export type ConfigResult<Config> =
  | {
      readonly ok: true;
      readonly config: Config;
      /** What works but should be written otherwise. */
      readonly warnings: readonly ConfigIssue[];
    }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[] };

/** An issue as one line of text, `cgroup_v1_override[0].pids: must be …`. */
export function formatConfigIssue(issue: ConfigIssue): string {
  const path = issue.path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

// Pure: the driver's own configuration, as it stands in an agent's `plugin "raw_exec" { config { … } }`.

import * as v from 'valibot';
import type { ConfigIssue, ConfigResult } from './config-issue.ts';
import { flag, list, variablePattern } from './config-values.ts';
import { describeValue } from './describe-value.ts';
import { type IdRange, parseIdRanges } from './id-ranges.ts';
import { readConfig } from './read-config.ts';

/** What an operator has decided about the driver. */
export interface RawExecPluginConfig {
  /** Whether tasks may be started at all. @default false */
  readonly isEnabled: boolean;
  /** Users that no task may run as. @default [] */
  readonly deniedHostUids: readonly IdRange[];
  /** Groups that no task's user may be in. @default [] */
  readonly deniedHostGids: readonly IdRange[];
  /** `*` patterns of variable names that no task gets. @default [] */
  readonly deniedEnvvars: readonly string[];
}

/** What else decides about the driver. */
export interface PluginConfigOptions {
  /** The agent's old `client { options { … } }`: `driver.raw_exec.enable` counts when `enabled` is not given. */
  readonly clientOptions?: Readonly<Record<string, unknown>>;
}

/** The old way to enable the driver, in the agent's client options. */
export const legacyEnableOption = 'driver.raw_exec.enable';

function idRanges(): v.GenericSchema<string, string> {
  return v.pipe(
    v.string((issue) => `must be text such as "0,10-15,22", got ${describeValue(issue.input)}`),
    v.rawCheck(({ dataset, addIssue }) => {
      for (const message of dataset.typed ? parseIdRanges(dataset.value).problems : []) {
        addIssue({ message });
      }
    }),
  );
}

const entries = {
  enabled: v.optional(flag('Whether tasks may be started at all. Default: false.')),
  denied_host_uids: v.optional(
    v.pipe(
      idRanges(),
      v.description('User ids that no task may run as: ids and inclusive ranges, 0,10-15,22.'),
    ),
  ),
  denied_host_gids: v.optional(
    v.pipe(
      idRanges(),
      v.description('Group ids that no task’s user may be in, as primary or other group.'),
    ),
  ),
  denied_envvars: v.optional(
    v.pipe(
      list(variablePattern(), 'text'),
      v.description('Names of variables that no task gets; * stands for any text.'),
    ),
  ),
};

const schema = v.pipe(
  v.objectWithRest(entries, v.never()),
  v.title('raw_exec plugin configuration'),
);

const removedKeys = new Map([
  [
    'no_cgroups',
    'is no longer a setting. Remove it; a task that shall run in a group of your own names it by cgroup_v2_override',
  ],
]);

/** The source of the JSON Schema. */
export function pluginConfigSchema(): v.GenericSchema {
  return schema;
}

/**
 * Reads the driver's own configuration, written with the names of an agent's configuration file.
 *
 * Never throws for what the value holds: every problem is in `issues`, with its path.
 */
export function parsePluginConfig(
  value: unknown,
  options: PluginConfigOptions = {},
): ConfigResult<RawExecPluginConfig> {
  const { output, issues } = readConfig(value, schema, Object.keys(entries), removedKeys);
  const legacy = readLegacyEnable(options.clientOptions ?? {});
  const all = [...issues, ...legacy.issues];
  if (output === undefined || all.length > 0) {
    return { ok: false, issues: all };
  }
  return {
    ok: true,
    warnings: legacy.warnings,
    config: {
      isEnabled: output.enabled ?? legacy.isEnabled,
      deniedHostUids: parseIdRanges(output.denied_host_uids ?? '').ranges,
      deniedHostGids: parseIdRanges(output.denied_host_gids ?? '').ranges,
      deniedEnvvars: output.denied_envvars ?? [],
    },
  };
}

interface LegacyEnable {
  readonly isEnabled: boolean;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
}

function readLegacyEnable(clientOptions: Readonly<Record<string, unknown>>): LegacyEnable {
  const value = clientOptions[legacyEnableOption] ?? undefined;
  if (value === undefined) {
    return { isEnabled: false, issues: [], warnings: [] };
  }
  const path = ['client', 'options', legacyEnableOption];
  const result = v.safeParse(flag(), value);
  if (!result.success) {
    const issues = result.issues.map((issue) => ({ path, message: issue.message }));
    return { isEnabled: false, issues, warnings: [] };
  }
  const message = 'is deprecated: set enabled = true in plugin "raw_exec" { config { … } }';
  return { isEnabled: result.output, issues: [], warnings: [{ path, message }] };
}

// Pure: the configuration of the plugin, from its block in Nomad's agent configuration: the driver's own keys, and those of this face.

import * as v from 'valibot';
import type { ConfigIssue } from '../driver/config-issue.ts';
import { absolutePath, integer, nonEmptyText } from '../driver/config-values.ts';
import { describeValue } from '../driver/describe-value.ts';
import { parsePluginConfig } from '../driver/plugin-config.ts';
import { readConfig } from '../driver/read-config.ts';

const bytesPerMb = 1024 * 1024;

/** How the files of `log_collection = "keeper"` are written. */
export interface LogSettings {
  readonly maxFiles: number;
  readonly maxFileSizeBytes: number;
  readonly whenFull: 'block' | 'drop';
  readonly pump: 'splice' | 'copy';
}

export interface PluginSettings {
  /** For `RawExecDriver`. */
  readonly driver: Readonly<Record<string, unknown>>;
  readonly isEnabled: boolean;
  readonly stateDirectory?: string;
  readonly cgroupParent?: string;
  readonly poolSize: number;
  /** Absent: Nomad's own logger reads what tasks write. */
  readonly logs?: LogSettings;
}

/** Where tasks are that were started before. */
export type Places = Pick<PluginSettings, 'stateDirectory' | 'cgroupParent'>;

export type SettingsResult =
  | { readonly ok: true; readonly settings: PluginSettings }
  | {
      readonly ok: false;
      readonly issues: readonly ConfigIssue[];
      /** By which running tasks are found all the same; undefined when these are what is wrong. */
      readonly places: Places | undefined;
    };

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return v.picklist(
    words,
    (issue) =>
      `must be ${words.map((word) => JSON.stringify(word)).join(' or ')}, got ${describeValue(issue.input)}`,
  );
}

const entries = {
  state_dir: v.optional(absolutePath()),
  cgroup_parent: v.optional(nonEmptyText()),
  cgroup_pool: v.optional(integer(0, 1000, 'Groups that are kept ready where Nomad makes none.')),
  log_collection: v.optional(oneOf(['nomad', 'keeper'])),
  logs: v.optional(v.unknown()),
};

const schema = v.objectWithRest(entries, v.never());

const logEntries = {
  max_files: v.optional(integer(1, 100_000, 'Files of each stream.')),
  max_file_size: v.optional(integer(1, 1_000_000, 'Of one file, in MB.')),
  when_full: v.optional(oneOf(['block', 'drop'])),
  pump: v.optional(oneOf(['splice', 'copy'])),
};

const logSchema = v.objectWithRest(logEntries, v.never());

export const ownKeys: readonly string[] = Object.keys(entries);

export function readPluginSettings(value: Readonly<Record<string, unknown>>): SettingsResult {
  const isOwn = ([name]: readonly [string, unknown]): boolean => ownKeys.includes(name);
  const all = Object.entries(value);
  const own = Object.fromEntries(all.filter(isOwn));
  const driver = Object.fromEntries(all.filter((entry) => !isOwn(entry)));
  const driverResult = parsePluginConfig(driver);
  const { output, issues, given } = readConfig(own, schema, ownKeys);
  const logged = readConfig(given['logs'], logSchema, Object.keys(logEntries));
  const logIssues = logged.issues.map((one) => ({ ...one, path: ['logs', ...one.path] }));
  const found = [...(driverResult.ok ? [] : driverResult.issues), ...issues, ...logIssues];
  if (!driverResult.ok || output === undefined || logged.output === undefined || found.length > 0) {
    return { ok: false, issues: found, places: readPlaces(own) };
  }
  const { state_dir, cgroup_parent, cgroup_pool = 0, log_collection } = output;
  const logs = logged.output;
  if (log_collection !== 'keeper' && output.logs !== undefined) {
    const message = 'is of use only with log_collection = "keeper": Nomad’s logger goes by the job';
    return { ok: false, issues: [{ path: ['logs'], message }], places: readPlaces(own) };
  }
  return {
    ok: true,
    settings: {
      driver,
      isEnabled: driverResult.config.isEnabled,
      poolSize: cgroup_pool,
      ...placesOf({ state_dir, cgroup_parent }),
      ...(log_collection === 'keeper' && {
        logs: {
          maxFiles: logs.max_files ?? 10,
          maxFileSizeBytes: (logs.max_file_size ?? 10) * bytesPerMb,
          whenFull: logs.when_full ?? 'block',
          pump: logs.pump ?? 'splice',
        },
      }),
    },
  };
}

const placeKeys = ['state_dir', 'cgroup_parent'] as const;
const placeSchema = v.objectWithRest(
  { state_dir: entries.state_dir, cgroup_parent: entries.cgroup_parent },
  v.never(),
);

function readPlaces(own: Readonly<Record<string, unknown>>): Places | undefined {
  const given = Object.fromEntries(placeKeys.map((key) => [key, own[key]]));
  const { output } = readConfig(given, placeSchema, placeKeys);
  return output && placesOf(output);
}

interface GivenPlaces {
  readonly state_dir?: string | undefined;
  readonly cgroup_parent?: string | undefined;
}

function placesOf({ state_dir, cgroup_parent }: GivenPlaces): Places {
  return {
    ...(state_dir !== undefined && state_dir !== '' && { stateDirectory: state_dir }),
    ...(cgroup_parent !== undefined && { cgroupParent: cgroup_parent }),
  };
}

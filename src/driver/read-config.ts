// Pure: from an unknown value and a schema to a configuration or every reason why not.

import * as v from 'valibot';
import { nearestName } from '../nearest-name.ts';
import type { ConfigIssue } from './config-issue.ts';
import { describeValue } from './describe-value.ts';

/** The value, checked; `output` is there only when there are no issues. */
export interface ReadConfig<Output> {
  readonly output: Output | undefined;
  readonly issues: readonly ConfigIssue[];
  /** The top level as it was given, without keys that are null. */
  readonly given: Readonly<Record<string, unknown>>;
}

/**
 * Checks `value` against `schema`, whose keys are `keys`.
 *
 * A key that is null counts as absent: that is how job files read from an API spell it.
 * @param removedKeys what to say about keys that once existed
 */
export function readConfig<Output>(
  value: unknown,
  schema: v.GenericSchema<unknown, Output>,
  keys: readonly string[],
  removedKeys: ReadonlyMap<string, string> = new Map(),
): ReadConfig<Output> {
  const source = value ?? {};
  if (typeof source !== 'object' || Array.isArray(source)) {
    const message = `must be a block of settings, got ${describeValue(value)}`;
    return { output: undefined, issues: [{ path: [], message }], given: {} };
  }
  const entries = Object.entries(source).filter(([, item]) => item !== null && item !== undefined);
  const given: Readonly<Record<string, unknown>> = Object.fromEntries(entries);
  const result = v.safeParse(schema, given);
  const issues: ConfigIssue[] = (result.issues ?? []).flatMap(toConfigIssue);
  for (const [key] of entries) {
    if (!keys.includes(key)) {
      issues.push({ path: [key], message: removedKeys.get(key) ?? unknownKey(key, keys) });
    }
  }
  return {
    output: result.success && issues.length === 0 ? result.output : undefined,
    issues,
    given,
  };
}

function unknownKey(key: string, keys: readonly string[]): string {
  const nearest = nearestName(key, keys);
  return nearest === undefined
    ? `unknown key. Known are ${keys.join(', ')}`
    : `unknown key. Did you mean ${nearest}?`;
}

function toConfigIssue(issue: v.BaseIssue<unknown>): ConfigIssue[] {
  const path = (issue.path ?? []).map((item) =>
    typeof item.key === 'number' ? item.key : String(item.key),
  );
  if (issue.type === 'never') {
    // Unknown keys are looked for by readConfig itself: valibot passes over names such as `constructor`.
    return [];
  }
  if (issue.type === 'object_with_rest') {
    // The one complaint that valibot makes about the block itself: a key is missing.
    return [{ path, message: 'is required' }];
  }
  return [{ path, message: issue.message }];
}

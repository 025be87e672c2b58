/** Values of `config` to the types that raw_exec declares, by HCL's rules: `args = [1]` is `args = ["1"]`. Pure. */
import { convertValue, isList, isObject } from './convert-value.ts';
import type { ValueType } from './fields/field.ts';
import type { JobObject, JobValue } from './job-model.ts';

const types: ReadonlyMap<string, ValueType> = new Map<string, ValueType>([
  ['command', 'string'],
  ['args', 'list of strings'],
  ['work_dir', 'string'],
  ['oom_score_adj', 'number'],
  ['cgroup_v2_override', 'string'],
  ['denied_envvars', 'list of strings'],
]);

/** Converts what can be; all else is left as it is, for the driver to say what is wrong with it. */
export function convertConfig(config: JobObject): JobObject {
  return Object.fromEntries(
    Object.entries(config)
      // Null says nothing, so it is as if it was not there.
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, convertOne(name, value)]),
  );
}

function convertOne(name: string, value: JobValue): JobValue {
  if (name === 'cgroup_v1_override' && isList(value)) {
    return value.map((block) => (isObject(block) ? convert(block, 'map of strings') : block));
  }
  const type = types.get(name);
  return type === undefined ? value : convert(value, type);
}

function convert(value: JobValue, type: ValueType): JobValue {
  const converted = convertValue(value, type);
  return converted.ok ? converted.value : value;
}

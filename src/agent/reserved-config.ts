// Pure: the `reserved` block of an agent's configuration: what of the host is not for jobs.

import * as v from 'valibot';
import { formatConfigIssue } from '../driver/config-issue.ts';
import { parseIdRanges } from '../driver/id-ranges.ts';
import { readConfig } from '../driver/read-config.ts';
import type { Body } from '../job/hcl/syntax.ts';
import { evaluateLocated } from '../job/hcl-value.ts';
import type { JobValue } from '../job/job-model.ts';
import type { HclContext } from '../job/read-hcl-block.ts';

export interface Reserved {
  readonly cpuMHz: number;
  readonly memoryMB: number;
  readonly diskMB: number;
  /** Ascending, each once. */
  readonly ports: readonly number[];
}

export const nothingReserved: Reserved = { cpuMHz: 0, memoryMB: 0, diskMB: 0, ports: [] };

const highestPort = 65_535;

const amount = v.pipe(
  v.number('must be a whole number, 0 or more'),
  v.integer('must be a whole number, 0 or more'),
  v.minValue(0, 'must be a whole number, 0 or more'),
);

const portList = v.pipe(
  v.string('must be text such as "22,80,8500-8600"'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { ranges, problems } = parseIdRanges(dataset.value);
    for (const message of problems) addIssue({ message });
    if (ranges.some(({ low, high }) => low < 1 || high > highestPort))
      addIssue({ message: `has a number that is no port: they go from 1 to ${highestPort}` });
  }),
);

const entries = {
  cpu: v.optional(amount),
  memory: v.optional(amount),
  disk: v.optional(amount),
  reserved_ports: v.optional(portList),
};
const schema = v.objectWithRest(entries, v.never());

/** Of all such blocks; problems go where the others are. */
export function readReserved(body: Body, context: HclContext): Reserved {
  let reserved = nothingReserved;
  for (const block of body.blocks.filter(({ type }) => type === 'reserved')) {
    const values: Record<string, JobValue> = {};
    for (const { name, expression } of block.body.attributes) {
      const located = evaluateLocated(expression, context.scope, context.problems);
      if (located !== undefined) values[name] = located.value;
    }
    for (const { type, typeRange } of block.body.blocks)
      context.problems.error(`unknown block ${JSON.stringify(type)}`, typeRange);
    const { output, issues } = readConfig(values, schema, Object.keys(entries));
    for (const { path, message } of issues) {
      const at = block.body.attributes.find(({ name }) => name === path[0]);
      const what = formatConfigIssue({ path: ['reserved', ...path], message });
      context.problems.error(what, at?.range ?? block.typeRange);
    }
    if (output === undefined || issues.length > 0) continue;
    reserved = {
      cpuMHz: output.cpu ?? 0,
      memoryMB: output.memory ?? 0,
      diskMB: output.disk ?? 0,
      ports: portsOf(output.reserved_ports ?? ''),
    };
  }
  return reserved;
}

function portsOf(text: string): number[] {
  const all = parseIdRanges(text).ranges.flatMap(({ low, high }) =>
    Array.from({ length: high - low + 1 }, (_, at) => low + at),
  );
  return [...new Set(all)].toSorted((a, b) => a - b);
}

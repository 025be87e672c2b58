// Pure: why groups have no allocation, a line each.

import type { Evaluation } from './agent-objects.ts';

export function failuresOf(evaluation: Evaluation | undefined): string[] {
  return Object.entries(evaluation?.FailedTGAllocs ?? {}).map(
    ([group, { ConstraintFiltered }]) =>
      `group ${JSON.stringify(group)}: ${Object.keys(ConstraintFiltered).join('; ')}`,
  );
}

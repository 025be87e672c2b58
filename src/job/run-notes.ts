/** Which warnings about a job hold for the way that it is run: policies are followed by an agent, and by some runs. Pure. */
import { rescheduleNote } from './fields/placement-fields.ts';
import { rotationNote } from './fields/resources-fields.ts';
import { restartNote } from './fields/update-fields.ts';
import type { Diagnostic } from './hcl/syntax.ts';

export type PolicyFollower = 'agent' | 'restartingRun' | 'run';

const notesOf: Readonly<Record<PolicyFollower, readonly string[]>> = {
  agent: [restartNote, rescheduleNote, rotationNote],
  restartingRun: [restartNote],
  run: [],
};

/** Those that hold. */
export function notesFor(
  follower: PolicyFollower,
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const isFollowed = ({ severity, summary }: Diagnostic): boolean =>
    severity === 'warning' && notesOf[follower].some((note) => summary.includes(note));
  return diagnostics.filter((one) => !isFollowed(one));
}

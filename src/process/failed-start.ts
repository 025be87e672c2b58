// Pure: what is known about a start that the engine has refused.

import type { SpawnPlan } from './spawn-plan.ts';

export interface FailedStart {
  /** As the user gave it. */
  readonly command: string;
  /** What execve got. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly plan: SpawnPlan;
}

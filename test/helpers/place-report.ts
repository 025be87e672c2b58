// Runs the search for a place in a process of its own: as another user, in another group, or with other mounts.

import { spawn } from 'node:child_process';
import type { HostLayout } from '../../src/cgroup/host-layout.ts';
import type { TaskPlace } from '../../src/cgroup/task-place.ts';
import { compiledProgram } from './library.ts';
import { resultOf } from './node-program.ts';

export interface PlaceReport {
  readonly layout: HostLayout;
  /** A place, or why there is none, or the error. */
  readonly place: Partial<TaskPlace> & {
    readonly none?: string;
    /** The line of the unified hierarchy that a task in a group below the place has seen. */
    readonly inside?: string;
    readonly pid?: number;
    readonly code?: string;
    readonly message?: string;
    readonly path?: string;
  };
}

export interface PlaceRequest {
  readonly enter?: string;
  readonly uid?: number;
  readonly options?: object;
  /** A shell's commands that change the mounts before; they change them for that process alone. */
  readonly mounts?: string;
}

export async function reportPlace(request: PlaceRequest): Promise<PlaceReport> {
  const { mounts, ...rest } = request;
  const file = compiledProgram('place-report-program');
  const program = [process.execPath, file, JSON.stringify(rest)];
  const [command = '', ...args] =
    mounts === undefined
      ? program
      : ['unshare', '--mount', 'sh', '-ec', `${mounts}\nexec "$@"`, 'sh', ...program];
  const result = await resultOf(spawn(command, args, { stdio: 'pipe' }));
  if (result.code !== 0) {
    throw new Error(`the report has failed: ${JSON.stringify(result)}`);
  }
  return JSON.parse(result.stdout) as PlaceReport;
}

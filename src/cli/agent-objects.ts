// Pure: what the command line reads of the agent's answers.

export interface JobStub {
  readonly ID: string;
  readonly Type: string;
  readonly Priority: number;
  readonly Status: string;
  readonly Stop: boolean;
  readonly Version: number;
  readonly SubmitTime: number;
}

export interface TaskEvent {
  readonly Type: string;
  readonly Time: number;
  readonly DisplayMessage: string;
  readonly Details: Readonly<Record<string, string>>;
}

export interface TaskState {
  readonly State: 'pending' | 'running' | 'dead';
  readonly Failed: boolean;
  readonly Restarts: number;
  readonly StartedAt: string | null;
  readonly FinishedAt: string | null;
  readonly Events: readonly TaskEvent[];
}

export interface AllocationStub {
  readonly ID: string;
  readonly Name: string;
  readonly JobID: string;
  readonly JobVersion: number;
  readonly TaskGroup: string;
  readonly EvalID: string;
  readonly DesiredStatus: 'run' | 'stop';
  readonly DesiredDescription: string;
  readonly ClientStatus: 'pending' | 'running' | 'complete' | 'failed';
  readonly TaskStates: Readonly<Record<string, TaskState>>;
  readonly PreviousAllocation: string;
  readonly NextAllocation: string;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface Evaluation {
  readonly ID: string;
  readonly FailedTGAllocs: Readonly<
    Record<string, { readonly ConstraintFiltered: Readonly<Record<string, number>> }>
  > | null;
}

// Pure: which tasks of an allocation may start now and which must end, from what has become of all of them.

/** What has become of a task. */
export type TaskProgress =
  | 'pending'
  /** Being started: nothing is known yet. */
  | 'starting'
  | 'running'
  /** Has ended, or could not be started, and will be started again. */
  | 'restarting'
  | 'succeeded'
  /** Ended badly by itself, or could not be started. */
  | 'failed'
  /** Was made to end, or will never start. */
  | 'stopped';

/** When a task runs: `main` is a task without a lifecycle block. */
export type TaskRole =
  | 'prestart'
  | 'prestartSidecar'
  | 'main'
  | 'poststart'
  | 'poststartSidecar'
  | 'poststop';

/** A task as far as the order goes. */
export interface OrderedTask {
  readonly name: string;
  readonly role: TaskRole;
  readonly isLeader: boolean;
  readonly progress: TaskProgress;
}

/** Why tasks have to end; the words go into messages. */
export type EndReason = 'requested' | 'taskFailed' | 'leaderEnded' | 'onlySidecarsLeft';

/** What to do now. */
export interface NextStep {
  readonly start: readonly string[];
  readonly end?: {
    readonly reason: EndReason;
    /** The task that is the cause, where there is one. */
    readonly because?: string;
    /** Waves, one after the other: the leader, the others, the sidecars. */
    readonly waves: readonly (readonly string[])[];
    /** Tasks that have not begun and never will. */
    readonly cancel: readonly string[];
  };
  /** Everything has ended, and nothing is to be started any more. */
  readonly isDone: boolean;
}

const sidecars: readonly TaskRole[] = ['prestartSidecar', 'poststartSidecar'];
const live: readonly TaskProgress[] = ['starting', 'running', 'restarting'];
/** Whether it has to be made to end, if it is to end. */
export const isLive = (task: Pick<OrderedTask, 'progress'>): boolean =>
  live.includes(task.progress);
const isOver = (task: OrderedTask): boolean => !isLive(task) && task.progress !== 'pending';
const isSidecar = (task: OrderedTask): boolean => sidecars.includes(task.role);

/** @param isStopping somebody has asked for the end of it all */
export function nextStep(tasks: readonly OrderedTask[], isStopping: boolean): NextStep {
  const body = tasks.filter((task) => task.role !== 'poststop');
  const cause = causeOfEnd(body, isStopping);
  if (cause !== undefined) {
    return {
      start: [],
      end: { ...cause, waves: killWaves(body), cancel: names(body.filter(isPending)) },
      isDone: false,
    };
  }
  const start = body.every(isOver)
    ? tasks.filter(isPending)
    : body.filter((task) => mayStart(task, body));
  return { start: names(start), isDone: tasks.every(isOver) };
}

/** Undefined also when there is nothing left to end. */
function causeOfEnd(
  body: readonly OrderedTask[],
  isStopping: boolean,
): { reason: EndReason; because?: string } | undefined {
  if (body.every(isOver)) return undefined;
  if (isStopping) return { reason: 'requested' };
  const failed = body.find((task) => task.progress === 'failed');
  if (failed !== undefined) return { reason: 'taskFailed', because: failed.name };
  const leader = body.find((task) => task.isLeader && isOver(task));
  if (leader !== undefined) return { reason: 'leaderEnded', because: leader.name };
  return body.every((task) => isSidecar(task) || isOver(task))
    ? { reason: 'onlySidecarsLeft' }
    : undefined;
}

function killWaves(body: readonly OrderedTask[]): string[][] {
  const live = body.filter(isLive);
  const waves = [
    live.filter((task) => task.isLeader),
    live.filter((task) => !task.isLeader && !isSidecar(task)),
    live.filter((task) => !task.isLeader && isSidecar(task)),
  ];
  return waves.map(names).filter((wave) => wave.length > 0);
}

function mayStart(task: OrderedTask, body: readonly OrderedTask[]): boolean {
  if (!isPending(task)) return false;
  switch (task.role) {
    case 'prestart':
    case 'prestartSidecar':
      return true;
    case 'main':
      return body.every(allowsMain);
    case 'poststart':
    case 'poststartSidecar':
      return body.every(
        (other) => other.role !== 'main' || other.progress === 'running' || isOver(other),
      );
    case 'poststop':
      return false;
  }
}

/** Main tasks wait until preparations have succeeded and the helpers that they need are there. */
function allowsMain(other: OrderedTask): boolean {
  if (other.role === 'prestart') return other.progress === 'succeeded';
  return other.role !== 'prestartSidecar' || other.progress === 'running' || isOver(other);
}

function isPending(task: OrderedTask): boolean {
  return task.progress === 'pending';
}

function names(tasks: readonly OrderedTask[]): string[] {
  return tasks.map((task) => task.name);
}

import type { Survivor } from '../containment/survivors.ts';
import { nameClass, RawExecError } from '../errors.ts';

/** `code` is `ERR_TASK_STUCK`. The task's id stays taken: a second copy must not be started beside what is left. */
export class TaskStuckError extends RawExecError {
  /** Who is still there, and why. */
  readonly survivors: readonly Survivor[];

  constructor(id: string, survivors: readonly Survivor[]) {
    super(
      'ERR_TASK_STUCK',
      `cannot end task ${JSON.stringify(id)}: even after SIGKILL these of its processes are there: ` +
        `${survivors.map(describeSurvivor).join(', ')}. Stop it again when that has been mended`,
    );
    this.survivors = survivors;
  }

  static {
    nameClass(TaskStuckError, 'TaskStuckError');
    Object.defineProperty(TaskStuckError.prototype, 'name', {
      value: 'TaskStuckError',
      configurable: true,
    });
  }
}

const survivalReasons: Readonly<Record<Survivor['reason'], string>> = {
  uninterruptible: 'waits for a device or a file system that does not answer',
  frozen: 'sits in a frozen group that is not of this task',
  notPermitted: "is another user's, and this process may not signal it",
  escaping: 'makes new processes faster than they are found',
};

function describeSurvivor({ pid, command, state, waitsIn, reason }: Survivor): string {
  const where = waitsIn === undefined ? '' : ` in ${waitsIn}`;
  return `${pid} (${command}, state ${state}${where}: ${survivalReasons[reason]})`;
}

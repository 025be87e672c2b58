// Pure: the id by which the driver knows one process of a task.

/** @param number 1 for the first process of the task */
export function instanceId(allocationId: string, task: string, number: number): string {
  return `${allocationId}/${task}/${String(number).padStart(8, '0')}`;
}

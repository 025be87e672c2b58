// Owner of the events that a slow reader has not taken yet: those that are for people, the oldest going first when there are too many.

import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { TaskEvent } from '../driver/task.ts';
import { isToldByNomad } from './wire-values.ts';

/** A reader that is so far behind reads none of them. */
const mostUnread = 1000;

/** From this call on, until the signal fires. */
export async function* taskEvents(
  driver: RawExecDriver,
  signal: AbortSignal,
): AsyncGenerator<TaskEvent, void, undefined> {
  const unread: TaskEvent[] = [];
  let wake = (): void => undefined;
  const onEvent = (event: TaskEvent): void => {
    if (isToldByNomad(event)) return;
    if (unread.push(event) > mostUnread) unread.shift();
    wake();
  };
  const onAbort = (): void => wake();
  driver.on('taskEvent', onEvent);
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const event = unread.shift();
      if (event !== undefined) yield event;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    driver.off('taskEvent', onEvent);
    signal.removeEventListener('abort', onAbort);
  }
}

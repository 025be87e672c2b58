// Pure but for what it is given to do: the race with supervisors that end.

import { PlaceError } from './place-errors.ts';

/** Many, because each takes microseconds and every supervisor that ends can spoil one. */
const attempts = 100;

/** Does it again as long as somebody removes the group between two steps of it: supervisors remove empty parents as they end. */
export async function whileRemoved<Value>(act: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      const isRace = error instanceof PlaceError && error.code === 'ERR_CGROUP_REMOVED';
      if (!isRace || attempt === attempts) {
        throw error;
      }
    }
  }
}

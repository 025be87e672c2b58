// Owner of what a test has to undo: the last thing first, as node:test runs its own hooks in the order of their registration.

import type { TestContext } from 'node:test';

type Undo = () => unknown;

const undos = new WeakMap<TestContext, Undo[]>();

/** Runs `undo` when the test is over, before all that was registered here earlier. */
export function cleanUp(t: TestContext, undo: Undo): void {
  const known = undos.get(t);
  if (known !== undefined) {
    known.push(undo);
    return;
  }
  const list = [undo];
  undos.set(t, list);
  t.after(async () => {
    const failures: unknown[] = [];
    for (const one of list.reverse()) {
      try {
        await one();
      } catch (error) {
        // What one could not undo is no reason to leave the rest.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  });
}

// Owner of a pause that a signal cuts short.

/** False when the signal fired before the time was over. The timer holds the event loop: somebody waits. */
export async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  const { setTimeout: delay } = process.getBuiltinModule('node:timers/promises');
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) {
      return false;
    }
    throw error;
  }
}

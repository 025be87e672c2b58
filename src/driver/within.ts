// Owner of what a wait holds on to, a timer or a listener, which goes when the wait is over.

/** Whether `promise` settles within `ms`. The timer holds the event loop: somebody waits for the answer. */
export function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), ms);
    promise.then(
      () => {
        clearTimeout(timer);
        resolve(true);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** `promise`, or a rejection with what `error` makes as soon as the signal fires. */
export function unlessAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
  error: () => Error,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(error());
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.finally(settle).then(resolve, reject);
  });
}

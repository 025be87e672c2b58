// Pure: several streams as one.

/** What each of them gives, as it comes. Ends when all have ended; what one throws is thrown, and the others are ended. */
export async function* merge<Item>(
  sources: readonly AsyncIterable<Item>[],
): AsyncGenerator<Item, void, undefined> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const pending = new Map<number, Promise<{ at: number; result: IteratorResult<Item> }>>();
  const ask = (at: number): void => {
    const next = iterators[at]?.next();
    if (next !== undefined)
      pending.set(
        at,
        next.then((result) => ({ at, result })),
      );
  };
  const live = new Set(iterators.keys());
  for (const at of live) ask(at);
  try {
    while (pending.size > 0) {
      const { at, result } = await Promise.race(pending.values());
      pending.delete(at);
      if (result.done === true) {
        live.delete(at);
        continue;
      }
      // Asked again only when this one has been taken: a slow reader holds up the source.
      yield result.value;
      ask(at);
    }
  } finally {
    for (const at of live) {
      // What they have to say comes too late.
      pending.get(at)?.catch(() => undefined);
      void iterators[at]?.return?.().catch(() => undefined);
    }
  }
}

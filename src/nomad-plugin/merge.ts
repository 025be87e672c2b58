// Pure: several streams as one.

interface Ready<Item> {
  readonly from: AsyncIterator<Item>;
  readonly result: PromiseSettledResult<IteratorResult<Item>>;
}

/**
 * What each of them gives, as it comes. Ends when all have ended; what one throws is thrown, and the others are ended.
 *
 * Not by a race of what comes next: a promise that lasts keeps what every race that it took part in has come to.
 */
export async function* merge<Item>(
  sources: readonly AsyncIterable<Item>[],
): AsyncGenerator<Item, void, undefined> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const live = new Set(iterators);
  const ready: Ready<Item>[] = [];
  let wake = (): void => undefined;
  const ask = (from: AsyncIterator<Item>): void => {
    void Promise.allSettled([from.next()]).then(([result]) => {
      ready.push({ from, result });
      wake();
    });
  };
  for (const iterator of iterators) ask(iterator);
  try {
    while (live.size > 0) {
      const one = ready.shift();
      if (one === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const { from, result } = one;
      if (result.status === 'rejected' || result.value.done === true) live.delete(from);
      if (result.status === 'rejected') throw result.reason;
      if (result.value.done === true) continue;
      // Asked again only when this one has been taken: a slow reader holds up the source.
      yield result.value.value;
      ask(from);
    }
  } finally {
    for (const iterator of live) {
      // What they have to say comes too late.
      void iterator.return?.().catch(() => undefined);
    }
  }
}

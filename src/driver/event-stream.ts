// Pure: a stream of what an emitter said, which ends quietly.

/**
 * The events of `source`, which `on` of node:events has made: the first argument of each. An abort, which `source` reports
 * as an error, is the end.
 */
export async function* eventStream<Event>(
  source: AsyncIterable<readonly Event[]>,
  signal: AbortSignal,
): AsyncGenerator<Event, void, undefined> {
  try {
    for await (const args of source) {
      yield* args;
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}

// A reporter for node:test that keeps only what was skipped, one JSON line each, for the list at the end of a run.

export default async function* skippedReporter(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' || data.skip === undefined) continue;
    const reason = typeof data.skip === 'string' && data.skip !== '' ? data.skip : undefined;
    yield `${JSON.stringify({ title: data.name, file: data.file, reason })}\n`;
  }
}

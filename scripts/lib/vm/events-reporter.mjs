// A reporter for node:test that tells the host of each test, one JSON line each. The files are the outermost suites.

function reasonOf(skip) {
  return typeof skip === 'string' && skip !== '' ? skip : '(no reason given)';
}

/** The cause is what the test threw; around it is what node:test says of it. */
function describe(error) {
  const thrown = error?.cause ?? error;
  return String(thrown?.stack ?? thrown?.message ?? thrown);
}

/** A suite says by itself only that it could not be read, that a hook of it has failed, or that it took too long. */
function isToldByItsTests({ type, data }) {
  if (data.details?.type !== 'suite') return false;
  return type === 'test:pass' || data.details.error?.failureType === 'subtestsFailed';
}

function toEvent({ type, data }, file) {
  const common = { file, title: data.name, ms: data.details?.duration_ms };
  if (type === 'test:fail') return { type: 'fail', ...common, error: describe(data.details.error) };
  if (data.skip !== undefined) return { type: 'skip', ...common, reason: reasonOf(data.skip) };
  return { type: 'pass', ...common };
}

export default async function* eventsReporter(source) {
  const mode = process.env.RAW_EXEC_VM_MODE;
  let file;
  for await (const event of source) {
    // Files run one after the other, and each begins before its tests do.
    if (event.type === 'test:start' && event.data.nesting === 0) file = event.data.name;
    if (!['test:pass', 'test:fail'].includes(event.type) || isToldByItsTests(event)) continue;
    yield `${JSON.stringify({ mode, ...toEvent(event, file) })}\n`;
  }
}

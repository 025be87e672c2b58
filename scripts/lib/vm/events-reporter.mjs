// A reporter for node:test that tells the host of each test, one JSON line each.

const isTest = ({ data }) => data.details?.type !== 'suite';

function reasonOf(skip) {
  return typeof skip === 'string' && skip !== '' ? skip : '(no reason given)';
}

/** The cause is what the test threw; around it is what node:test says of it. */
function describe(error) {
  const thrown = error?.cause ?? error;
  return String(thrown?.stack ?? thrown?.message ?? thrown);
}

function toEvent({ type, data }) {
  const common = { file: data.file, title: data.name, ms: data.details?.duration_ms };
  if (type === 'test:fail') return { type: 'fail', ...common, error: describe(data.details.error) };
  if (data.skip !== undefined) return { type: 'skip', ...common, reason: reasonOf(data.skip) };
  return { type: 'pass', ...common };
}

export default async function* eventsReporter(source) {
  const mode = process.env.RAW_EXEC_VM_MODE;
  for await (const event of source) {
    if (!['test:pass', 'test:fail'].includes(event.type) || !isTest(event)) continue;
    yield `${JSON.stringify({ mode, ...toEvent(event) })}\n`;
  }
}

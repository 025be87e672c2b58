// followLogs: every byte once, whatever happens to the files meanwhile.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { followLogs, type LogFollower, type LogPosition } from '../../src/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { moduleUrl } from '../helpers/library.ts';
import { rotatingLine, writeRotatingLog } from '../helpers/rotating-log.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const name = 'web.stdout';

/** Reads on in the background; `has` waits for exactly this text. */
function collect(log: LogFollower): {
  readonly text: () => string;
  readonly has: (wanted: string) => Promise<void>;
  readonly end: Promise<void>;
} {
  let text = '';
  const end = (async () => {
    for await (const chunk of log) text += chunk.toString('latin1');
  })();
  // Awaited by the test, maybe after it has failed.
  end.catch(() => undefined);
  const has = async (wanted: string): Promise<void> => {
    await eventually(
      `${JSON.stringify(wanted)} is read`,
      () => text.length >= wanted.length || undefined,
    );
    assert.equal(text, wanted);
  };
  return { text: () => text, has, end };
}

async function readAll(log: LogFollower): Promise<string> {
  const reading = collect(log);
  await reading.end;
  return reading.text();
}

test('what is there is read file after file, and then it ends', async (t) => {
  const directory = temporaryFolder(t);
  for (const number of [9, 10, 11])
    writeFileSync(join(directory, `${name}.${number}`), `${number}\n`);
  for (const other of [`${name}.012`, `${name}.x`, `${name}.`, 'web.stderr.12', name]) {
    writeFileSync(join(directory, other), 'other\n');
  }
  const log = followLogs({ directory, name }, { follow: false });
  assert.equal(log.position, undefined);
  assert.equal(await readAll(log), '9\n10\n11\n');
  assert.deepEqual(log.position, { file: 11, offset: 3 });
  assert.equal(log.skippedFiles, 0);
});

test('a log that is not there yet is waited for', async (t) => {
  const directory = temporaryFolder(t);
  assert.equal(await readAll(followLogs({ directory, name }, { follow: false })), '');
  const stop = new AbortController();
  const reading = collect(followLogs({ directory, name }, { signal: stop.signal }));
  writeFileSync(join(directory, `${name}.0`), 'first\n');
  await reading.has('first\n');
  appendFileSync(join(directory, `${name}.0`), 'second\n');
  await reading.has('first\nsecond\n');
  // Nothing that would look again by itself.
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout'),
    [],
  );
  stop.abort();
  await reading.end;
});

test('a writer that rotates fast is followed line by line', async (t) => {
  const directory = temporaryFolder(t);
  const stop = new AbortController();
  const lines = 60_000;
  const log = followLogs({ directory, name }, { signal: stop.signal });
  const reading = (async () => {
    let next = 0;
    for await (const line of log.lines()) {
      assert.equal(line, rotatingLine(next));
      next += 1;
      if (next === lines) return next;
    }
    return next;
  })();
  const total = await writeRotatingLog({
    directory,
    name,
    lines,
    maxSize: 5000,
    maxFiles: 100_000,
  });
  assert.equal(await reading, lines);
  assert.equal(log.position?.total, total);
  assert.equal(log.skippedBytes, 0);
  assert.equal(log.skippedFiles, 0);
  assert.ok(readdirSync(directory).length > 1000);
});

test('it says how many bytes were rotated away before they were read', async (t) => {
  const directory = temporaryFolder(t);
  const lines = 20_000;
  // From the very first byte, whether that is still there when the reading begins or not.
  const log = followLogs({ directory, name }, { from: { file: 0, offset: 0, total: 0 } });
  const chunks = log[Symbol.asyncIterator]();
  // Held up after the first piece, while the log goes round many times.
  let next = chunks.next();
  const total = await writeRotatingLog({ directory, name, lines, maxSize: 200_000, maxFiles: 3 });
  let text = '';
  const whole = Array.from({ length: lines }, (_, number) => `${rotatingLine(number)}\n`).join('');
  let gaps = 0;
  let skipped = 0;
  for (;;) {
    const { value = Buffer.alloc(0) } = await next;
    if (log.skippedBytes > skipped) gaps += 1;
    skipped = log.skippedBytes;
    // The piece is what stands behind the gap.
    const at = text.length + skipped;
    assert.equal(value.toString(), whole.slice(at, at + value.length));
    text += value.toString();
    if (text.length + skipped >= total) break;
    next = chunks.next();
  }
  assert.equal(text.length + log.skippedBytes, total);
  assert.ok(gaps > 0);
  assert.ok(log.skippedFiles > 0);
  await chunks.return(undefined);
});

test('a reading goes on where an earlier one was', async (t) => {
  const directory = temporaryFolder(t);
  const lines = 3000;
  await writeRotatingLog({ directory, name, lines, maxSize: 100_000, maxFiles: 100 });
  let text = '';
  let position: LogPosition | undefined;
  for (;;) {
    const log = followLogs(
      { directory, name },
      { follow: false, ...(position && { from: position }) },
    );
    const chunks = log[Symbol.asyncIterator]();
    const { value, done } = await chunks.next();
    await chunks.return(undefined);
    if (done === true) break;
    text += value.toString();
    position = log.position;
  }
  const whole = Array.from({ length: lines }, (_, number) => `${rotatingLine(number)}\n`).join('');
  assert.equal(text, whole);
  assert.equal(position?.total, whole.length);
});

test('a reading goes on after its file is gone, and says what is missing', async (t) => {
  const directory = temporaryFolder(t);
  const total = await writeRotatingLog({
    directory,
    name,
    lines: 3000,
    maxSize: 50_000,
    maxFiles: 2,
  });
  const log = followLogs(
    { directory, name },
    { follow: false, from: { file: 0, offset: 100, total: 100 } },
  );
  const text = await readAll(log);
  assert.equal(100 + log.skippedBytes + text.length, total);
  assert.ok(log.skippedFiles > 0);
});

test('from the end only what comes is read', async (t) => {
  const directory = temporaryFolder(t);
  writeFileSync(join(directory, `${name}.4`), 'before\n');
  writeFileSync(join(directory, `${name}.5`), 'before too');
  const stop = new AbortController();
  const log = followLogs({ directory, name }, { from: 'end', signal: stop.signal });
  const reading = collect(log);
  await eventually('the end is found', () => log.position);
  appendFileSync(join(directory, `${name}.5`), ' and after\n');
  await reading.has(' and after\n');
  stop.abort();
  await reading.end;
});

test('a tail begins with the last lines or bytes, in whatever files they are', async (t) => {
  const directory = temporaryFolder(t);
  writeFileSync(join(directory, `${name}.0`), 'one\ntwo\n');
  writeFileSync(join(directory, `${name}.1`), `three ${'3'.repeat(200_000)}\n`);
  writeFileSync(join(directory, `${name}.2`), 'four\nfi');
  writeFileSync(join(directory, `${name}.3`), 've\n\nseven');
  writeFileSync(join(directory, `${name}.4`), '');
  const whole = await readAll(followLogs({ directory, name }, { follow: false }));
  const lines = whole.split('\n');
  for (let count = 0; count <= lines.length + 1; count += 1) {
    const tail = { lines: count };
    const text = await readAll(followLogs({ directory, name }, { follow: false, tail }));
    assert.equal(text, count === 0 ? '' : lines.slice(-count).join('\n'), `${count} lines`);
  }
  for (const count of [0, 1, 5, 8, 9, 15, 16, 200_000, whole.length, whole.length + 1]) {
    const tail = { bytes: count };
    const text = await readAll(followLogs({ directory, name }, { follow: false, tail }));
    assert.equal(text, count === 0 ? '' : whole.slice(-count), `${count} bytes`);
  }
  appendFileSync(join(directory, `${name}.4`), '\nlast\n');
  const tail = { lines: 2 };
  const text = await readAll(followLogs({ directory, name }, { follow: false, tail }));
  assert.equal(text, 'seven\nlast\n');
});

test('a file that is emptied is read from its begin, one that is deleted to its end', async (t) => {
  const directory = temporaryFolder(t);
  const file = join(directory, `${name}.0`);
  writeFileSync(file, 'a first text\n');
  const stop = new AbortController();
  const reading = collect(followLogs({ directory, name }, { signal: stop.signal }));
  await reading.has('a first text\n');
  truncateSync(file, 0);
  appendFileSync(file, 'second\n');
  await reading.has('a first text\nsecond\n');
  appendFileSync(file, 'third\n');
  rmSync(file);
  writeFileSync(join(directory, `${name}.1`), 'fourth\n');
  await reading.has('a first text\nsecond\nthird\nfourth\n');
  stop.abort();
  await reading.end;
});

test('it ends when the directory is removed', async (t) => {
  const directory = join(temporaryFolder(t), 'logs');
  mkdirSync(directory);
  writeFileSync(join(directory, `${name}.0`), 'all\n');
  const reading = collect(followLogs({ directory, name }));
  await reading.has('all\n');
  rmSync(directory, { recursive: true });
  await reading.end;
  assert.equal(reading.text(), 'all\n');
});

test('two readings of one directory do not disturb each other', async (t) => {
  const directory = temporaryFolder(t);
  const stops = [new AbortController(), new AbortController()];
  const readings = stops.map(({ signal }, index) =>
    collect(followLogs({ directory, name: `log${index}` }, { signal })),
  );
  for (const index of [0, 1]) writeFileSync(join(directory, `log${index}.0`), `${index}\n`);
  await readings[0]?.has('0\n');
  await readings[1]?.has('1\n');
  stops[0]?.abort();
  await readings[0]?.end;
  appendFileSync(join(directory, 'log1.0'), 'more\n');
  await readings[1]?.has('1\nmore\n');
  stops[1]?.abort();
  await readings[1]?.end;
});

test('links and what is no file lead nowhere', async (t) => {
  const directory = temporaryFolder(t);
  const secret = join(directory, 'secret');
  writeFileSync(secret, 'secret\n');
  writeFileSync(join(directory, `${name}.0`), 'first\n');
  symlinkSync(secret, join(directory, `${name}.1`));
  mkdirSync(join(directory, `${name}.2`));
  const log = { directory, name };
  assert.equal(await readAll(followLogs(log, { follow: false })), 'first\n');
  assert.equal(await readAll(followLogs(log, { follow: false, tail: { lines: 9 } })), 'first\n');
  const stop = new AbortController();
  const reading = collect(followLogs(log, { signal: stop.signal }));
  await reading.has('first\n');
  renameSync(secret, join(directory, `${name}.3`));
  await reading.has('first\nsecret\n');
  stop.abort();
  await reading.end;
});

test('an abort ends it, also before it has begun', async (t) => {
  const directory = temporaryFolder(t);
  const aborted = followLogs({ directory, name }, { signal: AbortSignal.abort() });
  assert.equal(await readAll(aborted), '');
  const stop = new AbortController();
  const reading = collect(followLogs({ directory, name }, { signal: stop.signal }));
  stop.abort();
  await reading.end;
});

test('a worker that ends while it waits takes its watch with it', async (t) => {
  const directory = temporaryFolder(t);
  const program = `
    import { parentPort } from 'node:worker_threads';
    const { followLogs } = await import(${JSON.stringify(moduleUrl('logs/follow-logs'))});
    for await (const chunk of followLogs({ directory: ${JSON.stringify(directory)}, name: '${name}' })) {
      parentPort.postMessage(chunk.toString());
    }`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  writeFileSync(join(directory, `${name}.0`), 'for the worker\n');
  assert.deepEqual(await once(worker, 'message'), ['for the worker\n']);
  await worker.terminate();
  // Nobody listens any more; that must not matter.
  appendFileSync(join(directory, `${name}.0`), 'for nobody\n');
  assert.equal(
    await readAll(followLogs({ directory, name }, { follow: false })),
    'for the worker\nfor nobody\n',
  );
});

test('lines are whole, whatever pieces they came in', async (t) => {
  const directory = temporaryFolder(t);
  const umlauts = 'ä'.repeat(100_000);
  writeFileSync(join(directory, `${name}.0`), `\n${umlauts}\nbegun in one file, `);
  writeFileSync(join(directory, `${name}.1`), 'ended in another\nno end');
  const lines: string[] = [];
  const log = followLogs({ directory, name }, { follow: false });
  for await (const line of log.lines()) lines.push(line);
  assert.deepEqual(lines, ['', umlauts, 'begun in one file, ended in another', 'no end']);
  writeFileSync(join(directory, `${name}.2`), 'x'.repeat(3_000_000));
  const pieces: string[] = [];
  const from = { file: 2, offset: 0 };
  for await (const piece of followLogs({ directory, name }, { follow: false, from }).lines()) {
    pieces.push(piece);
  }
  assert.ok(pieces.length > 1);
  assert.equal(pieces.join('').length, 3_000_000);
});

test('a log can be read once', async (t) => {
  const log = followLogs({ directory: temporaryFolder(t), name }, { follow: false });
  await readAll(log);
  await assert.rejects(readAll(log), TypeError);
});

test('what cannot be read says why', async (t) => {
  const directory = temporaryFolder(t);
  const none = join(directory, 'none');
  await assert.rejects(readAll(followLogs({ directory: none, name }, { follow: false })), {
    code: 'ERR_LOG_READ',
    path: none,
  });
  await assert.rejects(readAll(followLogs({ directory: none, name })), {
    code: 'ERR_LOG_WATCH',
    errno: 2,
    path: none,
  });
  writeFileSync(join(directory, `${name}.3`), '');
  const from = { file: 4, offset: 0 };
  await assert.rejects(readAll(followLogs({ directory, name }, { from })), {
    code: 'ERR_LOG_POSITION',
    path: directory,
  });
});

test('options that can never work are refused at once', () => {
  const log = { directory: '/tmp', name };
  const wrong: readonly (readonly [unknown, unknown, string])[] = [
    [undefined, {}, 'log'],
    [{ ...log, directory: '' }, {}, 'directory'],
    [{ directory: '/tmp' }, {}, 'name'],
    [{ ...log, name: 'a/b' }, {}, 'name'],
    [{ ...log, name: 'a\0b' }, {}, 'name'],
    [{ ...log, stream: 'stdout' }, {}, 'stream'],
    [log, null, 'options'],
    [log, { form: 'end' }, 'form'],
    [log, { from: 'begin' }, 'from'],
    [log, { from: { file: 1 } }, 'from.offset'],
    [log, { from: { file: -1, offset: 0 } }, 'from.file'],
    [log, { from: { file: 1, offset: 0.5 } }, 'from.offset'],
    [log, { from: { file: 1, offset: 0, total: 'x' } }, 'from.total'],
    [log, { from: { file: 1, offset: 0, line: 2 } }, 'from.line'],
    [log, { tail: 10 }, 'tail'],
    [log, { tail: {} }, 'tail'],
    [log, { tail: { lines: 1, bytes: 1 } }, 'tail'],
    [log, { tail: { lines: -1 } }, 'tail.lines'],
    [log, { tail: { bytes: Number.NaN } }, 'tail.bytes'],
    [log, { tail: { lines: 1 }, from: 'end' }, 'tail'],
    [log, { follow: 1 }, 'follow'],
    [log, { follow: undefined }, 'follow'],
    [log, { signal: {} }, 'signal'],
  ];
  for (const [of, options, option] of wrong) {
    const call = (): unknown => Reflect.apply(followLogs, undefined, [of, options]);
    assert.throws(call, { name: 'TypeError', option }, JSON.stringify(options));
  }
  // Both orders: which was given first does not matter.
  assert.throws(() => followLogs(log, { from: 'end', tail: { lines: 1 } }), { option: 'tail' });
});

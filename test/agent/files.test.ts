// Files of an allocation over the API and by the command, from a real agent with a real task.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AllocationStub } from '../../src/cli/agent-objects.ts';
import { TestAgent } from '../helpers/agent.ts';
import { type ApiAnswer, ask, openStream } from '../helpers/api.ts';
import { eventually } from '../helpers/eventually.ts';
import { shellTask, taskGroup } from '../helpers/job-file.ts';

type Json = Record<string, unknown>;

/** An agent with one task that has run this script and goes on. */
async function withTask(
  t: TestContext,
  script: string,
): Promise<{ agent: TestAgent; allocation: AllocationStub }> {
  const agent = new TestAgent(t);
  await agent.start();
  const task = shellTask('task', `${script}; echo made; exec sleep 1000`);
  const job = { ID: 'web', Type: 'batch', TaskGroups: [taskGroup('group', [task])] };
  const put = await ask(agent, 'PUT', '/v1/jobs', { Job: job });
  assert.equal(put.status, 200, put.body);
  const [allocation] = await agent.until(
    'it runs',
    'web',
    ([one]) => one?.ClientStatus === 'running',
  );
  assert.ok(allocation);
  await eventually('its files are made', async () => {
    return (await agent.cli('logs', 'web')).stdout.includes('made') || undefined;
  });
  return { agent, allocation };
}

function get(agent: TestAgent, what: string, id: string, query: string): Promise<ApiAnswer> {
  return ask(agent, 'GET', `/v1/client/fs/${what}/${id}?${query}`);
}

const framesOf = (text: string): Json[] =>
  text
    .replaceAll('}{', '}\n{')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Json);

test('directories are listed, and files told, as Nomad tells them', async (t) => {
  const { agent, allocation } = await withTask(
    t,
    'cd local; printf "one\\ntwo\\nthree\\n" > text; printf "\\0\\1\\377" > bytes; chmod 1751 text; mkfifo fifo; ln -s text link',
  );
  const root = await agent.client.get<Json[]>(`/v1/client/fs/ls/${allocation.ID}`);
  assert.deepEqual(
    root.map(({ Name }) => Name),
    ['alloc', 'task'],
  );
  const listed = await get(agent, 'ls', allocation.ID, 'path=task/local');
  const files = JSON.parse(listed.body) as Json[];
  assert.deepEqual(
    files.map(({ Name, IsDir, Size, FileMode, ContentType }) => [
      Name,
      IsDir,
      Size,
      FileMode,
      ContentType,
    ]),
    [
      ['bytes', false, 3, files[0]?.['FileMode'], 'application/octet-stream'],
      ['fifo', false, 0, files[1]?.['FileMode'], 'application/octet-stream'],
      ['link', false, 4, 'Lrwxrwxrwx', 'application/octet-stream'],
      ['text', false, 14, 'trwxr-x--x', 'text/plain; charset=utf-8'],
    ],
  );
  assert.match(String(files[1]?.['FileMode']), /^prw/);
  const stat = JSON.parse(
    (await get(agent, 'stat', allocation.ID, 'path=/task/local/link')).body,
  ) as Json;
  assert.deepEqual([stat['Name'], stat['Size']], ['text', 14]);
  assert.ok(Date.parse(String(stat['ModTime'])) > Date.now() - 600_000);
  const top = JSON.parse((await get(agent, 'stat', allocation.ID, 'path=/')).body) as Json;
  assert.deepEqual(
    [top['Name'], top['IsDir'], top['FileMode']],
    [allocation.ID, true, 'drwx--x--x'],
  );
});

test('a file is read whole, in parts, and as frames; what is none is refused', async (t) => {
  const { agent, allocation } = await withTask(
    t,
    'cd local; printf "one\\ntwo\\nthree\\n" > text; mkfifo fifo; ln -s /dev/zero zero; ln -s ../secrets s; printf x > ../secrets/token',
  );
  const { ID: id } = allocation;
  const text = 'path=task/local/text';
  const cat = await get(agent, 'cat', id, text);
  assert.equal(cat.body, 'one\ntwo\nthree\n');
  assert.equal(cat.headers['x-content-type-options'], 'nosniff');
  assert.equal((await get(agent, 'readat', id, `${text}&offset=4&limit=3`)).body, 'two');
  assert.equal((await get(agent, 'readat', id, `${text}&offset=8&limit=-1`)).body, 'three\n');
  assert.equal((await get(agent, 'readat', id, `${text}&offset=100`)).body, '');
  const whole = framesOf((await get(agent, 'stream', id, `${text}&follow=false`)).body);
  assert.deepEqual(whole, [
    { Data: Buffer.from('one\ntwo\nthree\n').toString('base64'), File: 'task/local/text' },
  ]);
  const end = framesOf(
    (await get(agent, 'stream', id, `${text}&follow=false&origin=end&offset=6`)).body,
  );
  assert.deepEqual(end, [
    { Offset: 8, Data: Buffer.from('three\n').toString('base64'), File: 'task/local/text' },
  ]);
  assert.equal(
    (await get(agent, 'stream', id, `${text}&follow=false&plain=true&lines=2`)).body,
    'two\nthree\n',
  );
  const cases: [string, string, number, RegExp][] = [
    ['cat', 'path=task/local/fifo', 400, /no regular file/],
    ['cat', 'path=task/local', 400, /is a directory/],
    ['cat', 'path=task/local/zero', 403, /leads out/],
    ['cat', 'path=task/local/s/token', 403, /secrets/],
    ['cat', 'path=task/secrets/token', 403, /secrets/],
    ['ls', 'path=task/private', 403, /private/],
    ['stat', 'path=../../jobs', 403, /leads out/],
    ['stream', 'path=/', 400, /is a directory/],
    ['cat', 'path=none', 404, /there is no "none"/],
    ['ls', `${text}`, 400, /no directory/],
    ['cat', '', 400, /path/],
    ['readat', text, 400, /offset must be a whole number/],
    ['readat', `${text}&offset=-1`, 400, /offset/],
    ['readat', `${text}&offset=0&limit=x`, 400, /limit/],
    ['stream', `${text}&origin=middle`, 400, /origin/],
    ['stream', `${text}&follow=perhaps`, 400, /follow/],
    ['stream', `${text}&lines=a`, 400, /lines/],
  ];
  for (const [what, query, status, message] of cases) {
    const answer = await get(agent, what, id, query);
    assert.equal(answer.status, status, `${what} ${query}: ${answer.body}`);
    assert.match(answer.body, message, query);
  }
  assert.equal((await get(agent, 'ls', 'none', 'path=/')).status, 404);
});

test('a file is followed: what is written, that it was cut, and that it has gone', async (t) => {
  const { agent, allocation } = await withTask(t, 'printf one > local/file');
  const file = join(agent.stateDirectory, 'alloc', allocation.ID, 'task/local/file');
  const stream = await openStream(
    agent,
    `/v1/client/fs/stream/${allocation.ID}?path=task/local/file`,
  );
  const until = (what: string, isSo: (frames: Json[]) => boolean): Promise<true> =>
    eventually(what, () => isSo(framesOf(stream.received())) || undefined);
  await until('what is there comes', (frames) => dataOf(frames) === 'one');
  await until('an empty frame says that the connection is there', (frames) =>
    frames.some((frame) => Object.keys(frame).length === 0),
  );
  appendFileSync(file, 'two');
  await until('what is written comes', (frames) => dataOf(frames) === 'onetwo');
  const written = framesOf(stream.received()).find(({ Offset }) => Offset === 3);
  assert.equal(written?.['File'], 'task/local/file');
  writeFileSync(file, '3');
  await until('it was cut', (frames) => {
    return frames.some(({ FileEvent }) => FileEvent === 'file truncated');
  });
  await until('it is read from its beginning', (frames) => dataOf(frames) === 'onetwo3');
  appendFileSync(file, '4');
  rmSync(file);
  const frames = framesOf(await stream.ended);
  assert.equal(frames.at(-1)?.['FileEvent'], 'file deleted');
  assert.equal(dataOf(frames), 'onetwo34');
});

test('who stops listening leaves no descriptor behind', async (t) => {
  const { agent, allocation } = await withTask(t, 'printf one > local/file');
  const path = `/v1/client/fs/stream/${allocation.ID}?path=task/local/file&plain=true`;
  const isOpen = (): boolean => agent.openFiles().some((name) => name.endsWith('/local/file'));
  const streams = await Promise.all([1, 2, 3].map(() => openStream(agent, path)));
  for (const stream of streams)
    await eventually('it comes', () => stream.received() === 'one' || undefined);
  assert.ok(isOpen());
  for (const stream of streams) stream.leave();
  await eventually('all are closed', () => !isOpen() || undefined);
  assert.equal((await ask(agent, 'HEAD', path)).status, 200);
  await eventually('it is closed again', () => !isOpen() || undefined);
});

test('the command lists directories, shows files and follows them', async (t) => {
  const { agent, allocation } = await withTask(
    t,
    `cd local; printf "one\\ntwo\\n" > text; touch "$(printf 'a\\033[31mb')"`,
  );
  const root = await agent.cli('fs', 'web');
  assert.match(root.stdout, /^Mode +Size +Modified +Name\n/);
  assert.match(root.stdout, / task\/\n/);
  const list = await agent.cli('fs', allocation.ID.slice(0, 8), 'task/local');
  assert.match(list.stdout, / 8 B .* text\n/);
  assert.match(list.stdout, /"a\\u001b\[31mb"/);
  const path = 'task/local/text';
  assert.equal((await agent.cli('fs', 'web', path)).stdout, 'one\ntwo\n');
  assert.equal((await agent.cli('fs', '-n', '1', 'web', path)).stdout, 'two\n');
  assert.match((await agent.cli('fs', '--stat', 'web', path)).stdout, /= 8 bytes\n/);
  const told = JSON.parse((await agent.cli('fs', '--json', 'web', path)).stdout) as Json;
  assert.equal(told['Size'], 8);
  const following = agent.command('fs', '-f', 'web', path);
  let shown = '';
  following.stdout?.on('data', (chunk) => {
    shown += String(chunk);
  });
  const ended = once(following, 'close');
  await eventually('what is there is shown', () => shown === 'one\ntwo\n' || undefined);
  const file = join(agent.stateDirectory, 'alloc', allocation.ID, path);
  appendFileSync(file, 'three\n');
  await eventually('what is written is shown', () => shown.endsWith('three\n') || undefined);
  rmSync(file);
  assert.deepEqual(await ended, [0, null]);
  const bad = await agent.cli('fs', 'web', 'task/secrets');
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /secrets\/ is for its task alone/);
  assert.equal((await agent.cli('fs', '-f', '--stat', 'web', path)).code, 2);
  assert.equal((await agent.cli('fs', '-f', 'web', 'task')).code, 1);
});

function dataOf(frames: readonly Json[]): string {
  return frames
    .map(({ Data: data }) => Buffer.from(String(data ?? ''), 'base64').toString())
    .join('');
}

// Commands beside tasks of an agent: by the command line on pipes and on a terminal, and by the WebSocket of Nomad's command.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { pidOf, TestAgent } from '../helpers/agent.ts';
import { cliFile, runCli, startCli } from '../helpers/command-line.ts';
import { eventually } from '../helpers/eventually.ts';
import { jobFile, shellTask, taskGroup, temporaryDirectory } from '../helpers/job-file.ts';
import { isAlive } from '../helpers/process-end.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';

const second = 1_000_000_000;
const waits = 'trap "exit 0" INT; while :; do sleep 0.02; done';

/** An agent with a job `test` of one running task. */
async function agentWithTask(t: TestContext, fields: object = {}): Promise<TestAgent> {
  const agent = new TestAgent(t);
  await agent.start();
  const file = await jobFile(t, [taskGroup('group', [shellTask('task', waits, fields)])], {
    Type: 'service',
  });
  const run = await agent.cli('run', file);
  assert.equal(run.code, 0, run.stderr);
  return agent;
}

function withSocket({ client }: TestAgent): { env: Record<string, string> } {
  return { env: { RAW_EXEC_SOCKET: client.socket } };
}

test('a command runs as the task does, with its streams apart and its exit code', async (t) => {
  const agent = await agentWithTask(t, { Env: { COLOUR: 'blue' } });
  const script = 'echo "$COLOUR $NOMAD_TASK_NAME"; echo wrong >&2; exit 7';
  const result = await agent.cli('exec', 'test', 'sh', '-c', script);
  assert.deepEqual(result, { stdout: 'blue task\n', stderr: 'wrong\n', code: 7, signal: null });
  const killed = await agent.cli('exec', 'test', 'sh', '-c', 'kill -TERM $$');
  assert.equal(killed.code, 128 + 15);
});

test('what is piped in is read by the command to its end, whatever the size; without -i it reads nothing', async (t) => {
  const agent = await agentWithTask(t);
  const input = 'a line of what is piped in\n'.repeat(200_000);
  const piped = await runCli(['exec', '-i', 'test', 'cat'], { input, ...withSocket(agent) });
  assert.equal(piped.code, 0, piped.stderr);
  assert.ok(piped.stdout === input, `${piped.stdout.length} of ${input.length} came back`);
  const alone = await runCli(['exec', 'test', 'cat'], { input: 'lost\n', ...withSocket(agent) });
  assert.deepEqual([alone.stdout, alone.code], ['', 0]);
});

test('the end of the command ends this process, also while its input stays open', async (t) => {
  const agent = await agentWithTask(t);
  const pipe = join(await temporaryDirectory(t), 'pipe');
  execFileSync('mkfifo', [pipe]);
  // Open for both: a reader does not see an end.
  const input = openSync(pipe, 'r+');
  t.after(() => closeSync(input));
  const client = spawn(
    process.execPath,
    [cliFile, 'exec', '-i', 'test', 'sh', '-c', 'read a; echo "$a"; exit 5'],
    {
      stdio: [input, 'pipe', 'inherit'],
      env: { ...process.env, RAW_EXEC_SOCKET: agent.client.socket },
    },
  );
  writeSync(input, 'a line\n');
  const ended = once(client, 'close') as Promise<[number]>;
  assert.ok(client.stdout);
  assert.equal(await text(client.stdout), 'a line\n');
  assert.equal((await ended)[0], 5);
});

test('what cannot be run is told, with the exit codes of shells', async (t) => {
  const agent = await agentWithTask(t);
  const absent = await agent.cli('exec', 'test', 'no-such-command');
  assert.equal(absent.code, 127);
  assert.match(absent.stderr, /^raw-exec exec: cannot find .*no-such-command/);
  const refused = await agent.cli('exec', 'test', '/etc/hostname');
  assert.equal(refused.code, 126, refused.stderr);
  for (const [words, said] of [
    [['nobody', 'true'], /there is no job and no allocation "nobody"/],
    [['--task', 'other', 'test', 'true'], /other is none of them/],
  ] as const) {
    const { code, stderr } = await agent.cli('exec', ...words);
    assert.equal(code, 125);
    assert.match(stderr, said);
  }
});

test('a command ends with its client, and what it has left running with it', async (t) => {
  const agent = await agentWithTask(t);
  const client = startCli(
    ['exec', 'test', 'sh', '-c', 'sleep 300 & echo $!; echo $$; wait'],
    withSocket(agent),
  );
  let said = '';
  client.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
  const pids = await eventually('two pids', () => {
    const lines = said.split('\n');
    return lines.length === 3 ? lines.slice(0, 2).map(Number) : undefined;
  });
  assert.ok(pids.every(isAlive));
  const ended = once(client, 'close');
  client.kill('SIGTERM');
  await ended;
  await eventually('both have ended', () => !pids.some(isAlive) || undefined);
  // One that has ended, with a child that holds its output open.
  const left = await agent.cli('exec', 'test', 'sh', '-c', 'sleep 300 & echo $!');
  assert.equal(left.code, 0);
  await eventually('the child has ended', () => !isAlive(Number(left.stdout)) || undefined);
  const [allocation] = await agent.allocations('test');
  assert.ok(allocation && isAlive(pidOf(allocation, 'task')), 'the task itself goes on');
});

test('on a terminal a person has job control, the size, and the keys to leave', async (t) => {
  const agent = await agentWithTask(t);
  const session = TerminalSession.open(t);
  const command = `node ${cliFile} exec --socket ${agent.client.socket} -it test`;
  await session.line(`${command} sh -c 'stty size; exec sh -i'; echo code=$?`);
  await session.shows('24 80');
  session.resize(101, 33);
  // What is typed may be there before the size is.
  session.type('until stty size | grep "^33.101$"; do sleep 0.05; done\n');
  await session.shows('33 101');
  // What it says is not what is typed: the terminal shows both. A signal that comes between two sleeps counts, too.
  const script =
    'trap "echo got-$((1+1)); exit" INT; echo go-$((1+1)); while :; do sleep 0.02; done';
  session.type(`sh -c '${script}'\n`);
  await session.shows('go-2');
  session.type('\x03');
  await session.shows('got-2');
  session.type('exit 9\n');
  await session.shows('code=9');
  await session.line(`${command} sh -c 'echo up; exec cat'; echo left=$?`);
  await session.shows('\nup\r');
  session.type('held\n');
  await session.showsMatch(/held\r+\nheld\r+\n/);
  session.type('~.');
  await session.shows('left=125');
  // The terminal is as it was: it echoes.
  session.type('echo $((40+2))\n');
  await session.showsMatch(/echo \$\(\(40\+2\)\)\r+\n42/);
});

interface Frame {
  readonly stdout?: { readonly data?: string; readonly close?: boolean };
  readonly exited?: boolean;
  readonly result?: { readonly exit_code: number };
}

function open(agent: TestAgent, path: string): WebSocket {
  return new WebSocket(`ws://agent${path}`, {
    createConnection: () => connect(agent.client.socket),
  });
}

test("the messages are those of Nomad's command", async (t) => {
  const agent = await agentWithTask(t);
  const [allocation] = await agent.allocations('test');
  const query = `task=task&tty=true&ws_handshake=true&command=${encodeURIComponent('["cat"]')}`;
  const socket = open(agent, `/v1/client/allocation/${allocation?.ID}/exec?${query}`);
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as Frame));
  const closed = once(socket, 'close') as Promise<[number]>;
  await once(socket, 'open');
  const say = (frame: object): void => socket.send(JSON.stringify(frame));
  say({ version: 1, auth_token: '' });
  say({ tty_size: { height: 10, width: 20 } });
  say({});
  say({ stdin: { data: Buffer.from('typed\n').toString('base64') } });
  const output = (): string =>
    frames.map(({ stdout }) => Buffer.from(stdout?.data ?? '', 'base64').toString()).join('');
  await eventually(
    'the echo, and what cat says',
    () => output() === 'typed\r\ntyped\r\n' || undefined,
  );
  say({ stdin: { close: true } });
  const [code] = await closed;
  assert.equal(code, 1000);
  assert.deepEqual(frames.at(-1), { exited: true, result: { exit_code: 0 } });
  assert.ok(frames.some(({ stdout }) => stdout?.close === true));
});

test('what is no message ends the session, and what is no request begins none', async (t) => {
  const agent = await agentWithTask(t, { KillTimeout: second });
  const [allocation] = await agent.allocations('test');
  const path = `/v1/client/allocation/${allocation?.ID}/exec`;
  const query = `?command=${encodeURIComponent('["sleep","300"]')}`;
  for (const message of [
    'no JSON',
    '[]',
    '{"stdin":{"data":"?"}}',
    '{"tty_size":{"height":-1,"width":1}}',
  ]) {
    const socket = open(agent, path + query);
    const closed = once(socket, 'close') as Promise<[number]>;
    await once(socket, 'open');
    socket.send(message);
    assert.equal((await closed)[0], 4400, message);
  }
  for (const [wanted, status] of [
    [path, 400],
    [`${path}?command=sh`, 400],
    [`${path}?command=[]`, 400],
    [`${path}${query}&tty=perhaps`, 400],
    [`${path}${query}&task=other`, 404],
    [`/v1/client/allocation/none/exec${query}`, 404],
    ['/v1/jobs', 404],
  ] as const) {
    const socket = open(agent, wanted);
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; resume(): void },
    ];
    response.resume();
    assert.equal(response.statusCode, status, wanted);
  }
});

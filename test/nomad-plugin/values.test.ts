// What goes over the wire and comes from it: blocks, states of tasks, settings, launchers, several streams as one.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import { parsePluginConfig } from '../../src/driver/plugin-config.ts';
import { parseTaskConfig } from '../../src/driver/task-config.ts';
import { pluginBlock, taskBlock } from '../../src/nomad-plugin/config-schemas.ts';
import { decodeBlock } from '../../src/nomad-plugin/cty-values.ts';
import { HeldTasks } from '../../src/nomad-plugin/held-tasks.ts';
import { installLauncher, launcherText } from '../../src/nomad-plugin/install-plugin.ts';
import { merge } from '../../src/nomad-plugin/merge.ts';
import { defaultStateDirectory } from '../../src/nomad-plugin/plugin-paths.ts';
import { readPluginSettings } from '../../src/nomad-plugin/plugin-settings.ts';
import { formatTaskState, readTaskState } from '../../src/nomad-plugin/task-state.ts';
import type { Spec } from '../../src/nomad-plugin/wire/hclspec_pb.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

function keysOf({ block }: Spec): readonly string[] {
  return block.case === 'object' ? Object.keys(block.value.attributes) : [];
}

test('A block comes without what was not given; large numbers are not rounded.', () => {
  const value = { a: null, b: [1, { c: null, d: 'x' }], e: 2n ** 60n, f: -5 };
  const decoded = decodeBlock(encode(value, { useBigInt64: true }));
  assert.deepEqual(decoded, { ok: true, value: { b: [1, { d: 'x' }], e: 2n ** 60n, f: -5 } });
  assert.deepEqual(decodeBlock(new Uint8Array()), { ok: true, value: {} });
});

test('What is no block is told.', () => {
  const whole = encode({ command: 'sleep' });
  const truncated = decodeBlock(whole.subarray(0, whole.length - 3));
  assert.ok(!truncated.ok);
  assert.match(truncated.problem, /bytes are no MessagePack/);
  assert.deepEqual(decodeBlock(encode([1])), {
    ok: false,
    problem: 'a map of attributes was expected',
  });
});

test('Every key that Nomad is told of is known here.', () => {
  for (const key of keysOf(taskBlock)) {
    const result = parseTaskConfig({ [key]: 'x' });
    const unknown = result.ok ? [] : result.issues.filter(({ message }) => /unknown/.test(message));
    assert.deepEqual(unknown, [], key);
  }
  const known = parsePluginConfig({ x: 1 });
  assert.ok(!known.ok);
  for (const key of keysOf(pluginBlock)) {
    const result = readPluginSettings({ [key]: {} });
    const unknown = result.ok ? [] : result.issues.filter(({ message }) => /unknown/.test(message));
    assert.deepEqual(unknown, [], key);
  }
});

test('Settings have defaults, and all that is wrong with them is told.', () => {
  assert.deepEqual(readPluginSettings({ enabled: true, state_dir: '' }), {
    ok: true,
    settings: { driver: { enabled: true }, isEnabled: true, poolSize: 0 },
  });
  const keeper = readPluginSettings({ log_collection: 'keeper', logs: { max_file_size: 2 } });
  assert.ok(keeper.ok);
  assert.deepEqual(keeper.settings.logs, {
    maxFiles: 10,
    maxFileSizeBytes: 2 * 1024 * 1024,
    whenFull: 'block',
    pump: 'splice',
  });
  const bad = readPluginSettings({
    denied_host_uids: '5-2',
    state_dir: 'relative',
    log_collection: 'none',
    logs: { max_file: 1 },
  });
  assert.ok(!bad.ok);
  assert.deepEqual(
    bad.issues.map(({ path }) => path.join('.')),
    ['denied_host_uids', 'state_dir', 'log_collection', 'logs.max_file'],
  );
});

test('A state of a task is known again; others are foreign, later ones are told by their version.', () => {
  assert.deepEqual(readTaskState(formatTaskState()), { kind: 'ours' });
  const of = (text: string): unknown => readTaskState(Buffer.from(text));
  assert.deepEqual(of('["raw-exec",99]'), { kind: 'later', version: 99 });
  for (const foreign of ['', '\x82\xa3Pid', '{}', '["other",1]', '["raw-exec"]', 'null']) {
    assert.deepEqual(of(foreign), { kind: 'foreign' }, JSON.stringify(foreign));
  }
});

test('A state directory is there without any variable of a user.', () => {
  assert.equal(defaultStateDirectory('raw_exec', {}, 0), '/run/raw-exec/plugin/raw_exec');
  assert.equal(defaultStateDirectory('a', {}, 1000), '/tmp/raw-exec-1000/plugin/a');
  const env = { XDG_RUNTIME_DIR: '/run/user/1000' };
  assert.equal(defaultStateDirectory('a', env, 1000), '/run/user/1000/raw-exec/plugin/a');
});

test('A launcher starts its script without a PATH, whatever the paths are.', async (t) => {
  const folder = temporaryFolder(t);
  const launcher = { node: '/bin/echo', script: "/opt/it's here/cli.js", name: 'raw_exec' };
  const path = await installLauncher(folder, launcher);
  assert.equal(statSync(path).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(folder), ['raw_exec']);
  const output = execFileSync(path, [], { env: {}, encoding: 'utf8' });
  assert.equal(output, "/opt/it's here/cli.js plugin --name raw_exec\n");
  assert.match(launcherText(launcher), /^#!\/bin\/sh\n/);
  // Once more: it is replaced.
  assert.equal(await installLauncher(join(folder, 'raw_exec', '..'), launcher), path);
});

test('Several streams come as one, and one that fails ends all.', async () => {
  async function* count(to: number): AsyncGenerator<number> {
    for (let at = 0; at < to; at++) yield at;
  }
  const all: number[] = [];
  for await (const item of merge([count(3), count(2)])) all.push(item);
  assert.deepEqual(all.toSorted(), [0, 0, 1, 1, 2]);

  let isEnded = false;
  async function* endless(): AsyncGenerator<number> {
    try {
      for (;;) yield 1;
    } finally {
      isEnded = true;
    }
  }
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error('broken');
  }
  const drain = async (): Promise<void> => {
    for await (const _ of merge([endless(), failing()]));
  };
  await assert.rejects(drain(), { message: 'broken' });
  assert.ok(isEnded);
});

test('Earlier starts of a task are those of the same allocation and task, by Nomad’s ids.', () => {
  const held = new HeldTasks(['a/web/00000001', 'a/web/x/00000002', 'b/web/00000003', 'storm/1']);
  assert.deepEqual(held.earlierStartsOf('a/web/00000009'), ['a/web/00000001']);
  assert.deepEqual(held.earlierStartsOf('a/web/00000001'), []);
  assert.deepEqual(held.earlierStartsOf('storm/2'), []);
  held.forget('a/web/00000001');
  assert.deepEqual(held.earlierStartsOf('a/web/00000009'), []);
});

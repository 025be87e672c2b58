// What a host of go-plugin and the plugin say to each other before the first call.

import assert from 'node:assert/strict';
import test from 'node:test';
import { handshakeLine, readHandshake } from '../../src/nomad-plugin/handshake.ts';
import { runCli } from '../helpers/command-line.ts';

const cookie = {
  NOMAD_PLUGIN_MAGIC_COOKIE: 'e4327c2e01eabfd75a8a67adb114fb34a757d57eee7728d857a8cec6e91a7255',
};

test('Whoever starts the plugin by hand is told in a sentence what it is.', async () => {
  const { code, stderr, stdout } = await runCli(['plugin']);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^raw-exec plugin: this is a plugin of Nomad: .*plugin install/);
});

test('A wrong cookie is none.', () => {
  const handshake = readHandshake({ NOMAD_PLUGIN_MAGIC_COOKIE: 'x' });
  assert.ok(!handshake.ok);
});

test('A host that speaks other versions is told which one is spoken here.', () => {
  const handshake = readHandshake({ ...cookie, PLUGIN_PROTOCOL_VERSIONS: '3,4' });
  assert.ok(!handshake.ok);
  assert.match(handshake.problem, /speaks version 3,4 .* this plugin version 2/);
});

test('The line has the fields that go-plugin reads, and the seventh only for hosts that know it.', () => {
  const plain = readHandshake({ ...cookie, PLUGIN_PROTOCOL_VERSIONS: '1,2' });
  assert.ok(plain.ok);
  assert.equal(handshakeLine('/tmp/a', plain.wishes), '1|2|unix|/tmp/a|grpc|\n');
  const asking = readHandshake({ ...cookie, PLUGIN_MULTIPLEX_GRPC: 'true' });
  assert.ok(asking.ok);
  const line = handshakeLine('/tmp/a', asking.wishes, Buffer.from([0xfb, 0xff, 0xfe, 1]));
  assert.equal(line, '1|2|unix|/tmp/a|grpc|+//+AQ|false\n');
});

test('Empty wishes are none.', () => {
  const handshake = readHandshake({
    ...cookie,
    PLUGIN_CLIENT_CERT: '',
    PLUGIN_UNIX_SOCKET_DIR: '',
  });
  assert.ok(handshake.ok);
  assert.deepEqual(handshake.wishes, { asksForMultiplexing: false });
});

test('A host whose certificate or directory is of no use is told why, and gets no line.', async () => {
  const wishes: readonly (readonly [object, RegExp])[] = [
    [{ PLUGIN_CLIENT_CERT: 'garbage' }, /PLUGIN_CLIENT_CERT holds no certificate/],
    [{ PLUGIN_UNIX_SOCKET_DIR: '/proc/raw-exec' }, /cannot listen on \/proc\/raw-exec\//],
    [{ PLUGIN_UNIX_SOCKET_GROUP: 'no such group' }, /"no such group" \(PLUGIN_UNIX_SOCKET_GROUP\)/],
    [{ PLUGIN_PROTOCOL_VERSIONS: '1' }, /speaks version 1 of the plugin protocol/],
  ];
  for (const [env, message] of wishes) {
    const { code, stdout, stderr } = await runCli(['plugin'], { env: { ...cookie, ...env } });
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
});

test('An installation that cannot be made says why; wrong usage is told as that.', async () => {
  const refused: readonly (readonly [string[], number, RegExp])[] = [
    [
      ['--plugin-dir', '/proc/raw-exec'],
      1,
      /cannot write the launcher into \/proc\/raw-exec: ENOENT/,
    ],
    [['--plugin-dir', '/tmp', '--name', 'a b'], 2, /^raw-exec plugin install: option '--name/],
    [[], 2, /^raw-exec plugin install: required option '--plugin-dir/],
  ];
  for (const [args, code, message] of refused) {
    const result = await runCli(['plugin', 'install', ...args]);
    assert.equal(result.code, code);
    assert.match(result.stderr, message);
  }
});

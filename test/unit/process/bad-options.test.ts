// Every option with each kind of bad value, and what the message says. Nothing is started by any of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '../../../src/process/spawn.ts';
import { invalidOptionOf } from '../../helpers/thrown-by.ts';

const slot =
  "'pipe', 'inherit', 'ignore', 'closed', a descriptor, an object with an open fd, { file } or { pipe: 'read' | 'write' }";
const text = 'a non-empty string without NUL bytes';
const yesOrNo = 'true or false';
const milliseconds = 'a number of milliseconds above 0, at most 2147483647';
const limit = "a whole number from 0, or 'unlimited', or { soft, hard } of these";
const cgroup = 'the directory of a cgroup, or { v2: directory, v1: { controller: directory } }';
const group = 'the name or the id of a group';
const leader = "false without processGroup: 'new' or newSession";

/** Options, the name that the error carries, the value as shown, what is allowed. */
const badValues: readonly [object, string, string, string][] = [
  [{ argv0: 5 }, 'argv0', '5', 'a string without NUL bytes'],
  [{ argv0: 'a\0b' }, 'argv0', "'a\\x00b'", 'a string without NUL bytes'],
  [{ cgroup: '' }, 'cgroup', "''", text],
  [{ cgroup: 'jobs/a' }, 'cgroup', "'jobs/a'", 'an absolute path'],
  [{ cgroup: 5 }, 'cgroup', '5', cgroup],
  [{ cgroup: {} }, 'cgroup', '{}', cgroup],
  [{ cgroup: { v1: {} } }, 'cgroup.v1', '{}', 'an object of directories by controller'],
  [{ cgroup: { v1: '/x' } }, 'cgroup.v1', "'/x'", 'an object of directories by controller'],
  [{ cgroup: { v1: { pids: 'x' } } }, 'cgroup.v1.pids', "'x'", 'an absolute path'],
  [{ cgroup: { v2: 7 } }, 'cgroup.v2', '7', text],
  [{ controllingTerminal: 'x' }, 'controllingTerminal', "'x'", yesOrNo],
  [{ controllingTerminal: true }, 'controllingTerminal', 'true', 'false without newSession'],
  [{ cpuAffinity: [] }, 'cpuAffinity', '[]', 'an array of at least one CPU number'],
  [{ cpuAffinity: 5 }, 'cpuAffinity', '5', 'an array of at least one CPU number'],
  [{ cpuAffinity: [-1] }, 'cpuAffinity[0]', '-1', 'an integer from 0 to 8191'],
  [{ cpuAffinity: [0, 8192] }, 'cpuAffinity[1]', '8192', 'an integer from 0 to 8191'],
  [{ cwd: '' }, 'cwd', "''", text],
  [{ cwd: 5 }, 'cwd', '5', text],
  [{ cwd: 'a\0b' }, 'cwd', "'a\\x00b'", text],
  [{ env: 5 }, 'env', '5', 'an object of strings by name'],
  [{ env: [] }, 'env', '[]', 'an object of strings by name'],
  [{ env: null }, 'env', 'null', 'an object of strings by name'],
  [{ env: { 'A=B': 'x' } }, "env['A=B']", "'A=B'", "a variable's name: not empty and without '='"],
  [{ env: { '': 'x' } }, "env['']", "''", "a variable's name: not empty and without '='"],
  [{ env: { 'A\0': 'x' } }, "env['A\\x00']", "'A\\x00'", 'a string without NUL bytes'],
  [{ execDeadlineMs: 0 }, 'execDeadlineMs', '0', milliseconds],
  [{ execDeadlineMs: '1' }, 'execDeadlineMs', "'1'", milliseconds],
  [{ execDeadlineMs: 2 ** 31 }, 'execDeadlineMs', '2147483648', milliseconds],
  [{ group: 1.5 }, 'group', '1.5', group],
  [{ groups: 5 }, 'groups', '5', 'an array of group names or ids'],
  [{ groups: [-1] }, 'groups[0]', '-1', group],
  [{ groups: [0, ''] }, 'groups[1]', "''", group],
  [{ killGroupAtExit: 1 }, 'killGroupAtExit', '1', yesOrNo],
  [{ killGroupAtExit: true }, 'killGroupAtExit', 'true', leader],
  [{ killOnDispose: 1 }, 'killOnDispose', '1', yesOrNo],
  [{ killSignal: 15 }, 'killSignal', '15', "the name of a signal such as 'SIGTERM'"],
  [{ networkNamespace: '' }, 'networkNamespace', "''", text],
  [{ newSession: 1 }, 'newSession', '1', yesOrNo],
  [{ nice: -21 }, 'nice', '-21', 'an integer from -20 to 19'],
  [{ nice: 20 }, 'nice', '20', 'an integer from -20 to 19'],
  [{ nice: '1' }, 'nice', "'1'", 'an integer from -20 to 19'],
  [{ noNewPrivs: 'yes' }, 'noNewPrivs', "'yes'", yesOrNo],
  [{ oomScoreAdj: 1001 }, 'oomScoreAdj', '1001', 'an integer from -1000 to 1000'],
  [{ oomScoreAdj: -1001 }, 'oomScoreAdj', '-1001', 'an integer from -1000 to 1000'],
  [{ oomScoreAdj: 1.5 }, 'oomScoreAdj', '1.5', 'an integer from -1000 to 1000'],
  [{ oomScoreAdj: '5' }, 'oomScoreAdj', "'5'", 'an integer from -1000 to 1000'],
  [{ parentDeathSignal: 9 }, 'parentDeathSignal', '9', "the name of a signal such as 'SIGTERM'"],
  [
    { processGroup: 'neu' },
    'processGroup',
    "'neu'",
    "'inherit', 'new' or the id of a process group",
  ],
  [{ processGroup: 0 }, 'processGroup', '0', "'inherit', 'new' or the id of a process group"],
  [
    { processGroup: 4_194_305 },
    'processGroup',
    '4194305',
    "'inherit', 'new' or the id of a process group",
  ],
  [{ newSession: true, processGroup: 5 }, 'processGroup', '5', "'new' or absent with newSession"],
  [
    { newSession: true, processGroup: 'inherit' },
    'processGroup',
    "'inherit'",
    "'new' or absent with newSession",
  ],
  [{ resourceLimits: 5 }, 'resourceLimits', '5', 'an object of limits by resource'],
  [{ resourceLimits: { nofile: -1 } }, 'resourceLimits.nofile', '-1', limit],
  [{ resourceLimits: { nofile: 'none' } }, 'resourceLimits.nofile', "'none'", limit],
  [{ resourceLimits: { nofile: { soft: 5 } } }, 'resourceLimits.nofile', '{ soft: 5 }', limit],
  [
    { resourceLimits: { nofile: { soft: -1, hard: 4 } } },
    'resourceLimits.nofile.soft',
    '-1',
    "a whole number from 0, or 'unlimited'",
  ],
  [
    { resourceLimits: { nofile: { soft: 'unlimited', hard: 4 } } },
    'resourceLimits.nofile',
    "{ soft: 'unlimited', hard: 4 }",
    'a soft limit that is not above the hard one',
  ],
  [{ signal: {} }, 'signal', '{}', 'an AbortSignal'],
  [{ stdio: 'pip' }, 'stdio', "'pip'", `'pipe', 'inherit', 'ignore' or an array of ${slot}`],
  [{ stdio: ['pip'] }, 'stdio[0]', "'pip'", slot],
  [{ stdio: ['pipe', null] }, 'stdio[1]', 'null', slot],
  [{ stdio: [{}] }, 'stdio[0]', '{}', slot],
  [{ stdio: [-1] }, 'stdio[0]', '-1', 'an integer from 0 to 2147483647'],
  [
    { stdio: [{ fd: null }] },
    'stdio[0]',
    '{ fd: null }',
    'a stream that is open (wait for its "open" event)',
  ],
  [{ stdio: [{ file: '' }] }, 'stdio[0].file', "''", text],
  [{ stdio: [{ file: 'a', append: 1 }] }, 'stdio[0].append', '1', yesOrNo],
  [{ stdio: [{ file: 'a', append: true }] }, 'stdio[0].append', 'true', "false for access 'read'"],
  [{ stdio: [{ file: 'a', mode: -1 }] }, 'stdio[0].mode', '-1', 'permission bits from 0 to 0o7777'],
  [
    { stdio: [{ file: 'a', access: 'rw' }] },
    'stdio[0].access',
    "'rw'",
    "'read', 'write' or 'readWrite'",
  ],
  [{ stdio: [{ pipe: 'in' }] }, 'stdio[0].pipe', "'in'", "'read' or 'write'"],
  [
    { stdio: Array(65).fill('ignore') },
    'stdio',
    "[ 'ignore', 'ignore', 'ignore', 'ignore', ... 61 more items ]",
    'an array of at most 64 entries',
  ],
  [{ timeoutMs: -1 }, 'timeoutMs', '-1', milliseconds],
  [{ timeoutMs: Number.POSITIVE_INFINITY }, 'timeoutMs', 'Infinity', milliseconds],
  [{ umask: 0o1000 }, 'umask', '512', 'permission bits from 0 to 0o777'],
  [{ user: '' }, 'user', "''", 'the name or the id of a user'],
  [{ user: -1 }, 'user', '-1', 'the name or the id of a user'],
  [{ user: 4_294_967_295 }, 'user', '4294967295', 'the name or the id of a user'],
];

/** Options, the name that the error carries, the whole message. */
const otherMistakes: readonly [object, string, string][] = [
  [{ cdw: '/' }, 'cdw', 'unknown option "cdw"; did you mean "cwd"?'],
  [{ uid: 0 }, 'uid', 'unknown option "uid"; use "user"'],
  [{ gid: 0 }, 'gid', 'unknown option "gid"; use "group"'],
  [{ timeout: 5 }, 'timeout', 'unknown option "timeout"; use "timeoutMs"'],
  [
    { detached: true },
    'detached',
    'unknown option "detached"; use "processGroup: \'new\'" or "newSession: true"',
  ],
  [
    { shell: true },
    'shell',
    "unknown option \"shell\"; start the shell yourself: spawn('/bin/sh', ['-c', script])",
  ],
  [{ cgroup: { v3: '/x' } }, 'cgroup.v3', 'unknown option "cgroup.v3"; did you mean "v2"?'],
  [
    { stdio: [{ file: 'a', apend: true }] },
    'stdio[0].apend',
    'unknown option "stdio[0].apend"; did you mean "append"?',
  ],
  [
    { stdio: [{ pipe: 'read', x: 1 }] },
    'stdio[0].x',
    'unknown option "stdio[0].x"; the options are pipe',
  ],
  [
    { resourceLimits: { nofiles: 5 } },
    'resourceLimits.nofiles',
    'unknown option "resourceLimits.nofiles"; did you mean "nofile"?',
  ],
  [
    { resourceLimits: { nofile: { soft: 1, hard: 2, har: 3 } } },
    'resourceLimits.nofile.har',
    'unknown option "resourceLimits.nofile.har"; did you mean "hard"?',
  ],
  [
    { parentDeathSignal: 'SIGTREM' },
    'parentDeathSignal',
    'option "parentDeathSignal": unknown signal \'SIGTREM\'; did you mean "SIGTERM"?',
  ],
  [
    { killSignal: 'term' },
    'killSignal',
    'option "killSignal": unknown signal \'term\'; did you mean "SIGTERM"?',
  ],
  [
    { cwd: undefined },
    'cwd',
    'option "cwd" is undefined; leave it out, or give a non-empty string without NUL bytes',
  ],
  // Values of variables are secrets more often than not.
  [
    { env: { TOKEN: 5 } },
    'env.TOKEN',
    'option "env.TOKEN" is a number; it must be a string without NUL bytes',
  ],
  [
    { env: { TOKEN: null } },
    'env.TOKEN',
    'option "env.TOKEN" is null; it must be a string without NUL bytes',
  ],
  [
    { env: { TOKEN: ['secret'] } },
    'env.TOKEN',
    'option "env.TOKEN" is an object; it must be a string without NUL bytes',
  ],
  [
    { env: { TOKEN: 'secret\0' } },
    'env.TOKEN',
    'option "env.TOKEN" has a NUL byte; it must be a string without NUL bytes',
  ],
];

test('each bad value of an option is refused with the option, the value and what is allowed', () => {
  for (const [options, option, value, allowed] of badValues) {
    const error = invalidOptionOf(() => spawn('/bin/true', [], options));
    assert.equal(error.message, `option "${option}" is ${value}; it must be ${allowed}`);
    assert.equal(error.option, option);
    assert.equal(error.code, 'ERR_INVALID_OPTION');
  }
});

test('names that do not exist are refused with the nearest one that does', () => {
  for (const [options, option, message] of otherMistakes) {
    const error = invalidOptionOf(() => spawn('/bin/true', [], options));
    assert.equal(error.message, message);
    assert.equal(error.option, option);
  }
});

test('a PATH with a NUL byte is refused before the command is looked up in it', () => {
  const error = invalidOptionOf(() => spawn('true', [], { env: { PATH: '/bin\0:/usr/bin' } }));
  assert.equal(
    error.message,
    'option "env.PATH" has a NUL byte; it must be a string without NUL bytes',
  );
  assert.equal(error.option, 'env.PATH');
});

test('an option without any likeness is answered with the list of options', () => {
  const error = invalidOptionOf(() => spawn('/bin/true', [], { zzzzzz: 1 } as object));
  assert.match(error.message, /^unknown option "zzzzzz"; the options are argv0, cgroup, .*, user$/);
});

test('options that are no object are refused', () => {
  for (const options of [null, 'x', []]) {
    const error = invalidOptionOf(() =>
      Reflect.apply(spawn, undefined, ['/bin/true', [], options]),
    );
    assert.match(error.message, /^option "options" is .*; it must be an object$/);
  }
});

test('a bad command or argument is refused with its place', () => {
  const bad: readonly [unknown[], string][] = [
    [['', []], "command is ''; it must be a non-empty string"],
    [[5, []], 'command is 5; it must be a non-empty string'],
    [['a\0b', []], "command is 'a\\x00b'; it must be a string without NUL bytes"],
    [['/bin/a\0b', []], "command is '/bin/a\\x00b'; it must be a string without NUL bytes"],
    [['/bin/true', 'x'], "args is 'x'; it must be an array of strings"],
    [['/bin/true', null], 'args is null; it must be an array of strings'],
    [['/bin/true', ['a', 5]], 'args[1] is 5; it must be a string without NUL bytes'],
    [
      ['/bin/true', ['a', 'b', 'c\0']],
      "args[2] is 'c\\x00'; it must be a string without NUL bytes",
    ],
  ];
  for (const [args, message] of bad) {
    const error = invalidOptionOf(() => Reflect.apply(spawn, undefined, args));
    assert.equal(error.message, message);
    assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
  }
});

test('more groups than the kernel takes are refused', () => {
  const groups = Array.from({ length: 65_537 }, () => 0);
  const error = invalidOptionOf(() => spawn('/bin/true', [], { groups }));
  assert.equal(error.option, 'groups');
  assert.match(error.message, /it must be at most 65536 groups \(NGROUPS_MAX\)$/);
});

// What the compiler says about the public surface. The assertions are made by compiling this file; running it only
// says that it was compiled.

import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { expectTypeOf } from 'expect-type';
import {
  type ExitStatus,
  findUser,
  forwardSignals,
  type InvalidOptionError,
  mirrorExit,
  type RawExecError,
  type RunResult,
  run,
  type SignalForwarding,
  type SpawnError,
  type SpawnErrorCode,
  type SpawnedProcess,
  type SpawnOptions,
  type StopReport,
  signalNumber,
  spawn,
  type User,
} from '../../src/index.ts';

/** Never called: only its types count. */
export function signatures(child: SpawnedProcess, status: ExitStatus): void {
  expectTypeOf(spawn('ls')).toEqualTypeOf<SpawnedProcess>();
  expectTypeOf(spawn('ls', ['-l'] as const, { cwd: '/' })).toEqualTypeOf<SpawnedProcess>();
  expectTypeOf(child).toMatchTypeOf<EventEmitter>();
  expectTypeOf(child.pid).toEqualTypeOf<number>();
  expectTypeOf(child.stdin).toEqualTypeOf<Writable | null>();
  expectTypeOf(child.stdout).toEqualTypeOf<Readable | null>();
  expectTypeOf(child.stderr).toEqualTypeOf<Readable | null>();
  expectTypeOf(child.exited).toEqualTypeOf<Promise<ExitStatus>>();
  expectTypeOf(child.status).toEqualTypeOf<ExitStatus | undefined>();
  expectTypeOf(child.kill('SIGRTMIN+3', 'group')).toEqualTypeOf<boolean>();
  expectTypeOf(child.stop({ steps: [{ signal: 'SIGINT', graceMs: 5 }] })).toEqualTypeOf<
    Promise<StopReport>
  >();
  expectTypeOf(child.ref().unref()).toEqualTypeOf<SpawnedProcess>();
  expectTypeOf(child).toMatchTypeOf<AsyncDisposable>();
  child.on('exit', (ended) => expectTypeOf(ended).toEqualTypeOf<ExitStatus>());
  expectTypeOf(status.code).toEqualTypeOf<number | null>();
  expectTypeOf(status.signal).toEqualTypeOf<string | null>();
  expectTypeOf(status.exitCode).toEqualTypeOf<number>();
  expectTypeOf(status.startedAt).toEqualTypeOf<Date>();
  expectTypeOf(run('ls')).toEqualTypeOf<Promise<RunResult>>();
  expectTypeOf(run('ls', [], { encoding: 'utf8' })).toEqualTypeOf<Promise<RunResult>>();
  expectTypeOf(run('ls', [], { encoding: 'buffer' })).toEqualTypeOf<Promise<RunResult<Buffer>>>();
  expectTypeOf(forwardSignals(child, { mirror: true })).toEqualTypeOf<SignalForwarding>();
  expectTypeOf(forwardSignals(child)).toMatchTypeOf<Disposable>();
  expectTypeOf(mirrorExit).returns.toEqualTypeOf<never>();
  expectTypeOf(findUser('nobody')).toEqualTypeOf<User | undefined>();
  expectTypeOf(signalNumber('x')).toEqualTypeOf<number | undefined>();
  expectTypeOf<SpawnError['code']>().toEqualTypeOf<SpawnErrorCode>();
  expectTypeOf<SpawnError>().toMatchTypeOf<RawExecError>();
  expectTypeOf<InvalidOptionError>().toMatchTypeOf<TypeError>();
}

/** What must compile. */
export const everyOption: SpawnOptions = {
  cwd: '/',
  env: process.env,
  argv0: 'x',
  stdio: [
    'pipe',
    'inherit',
    'ignore',
    'closed',
    5,
    process.stdout,
    { file: 'x', append: true },
    { pipe: 'read' },
  ],
  processGroup: 'new',
  newSession: true,
  controllingTerminal: true,
  oomScoreAdj: 500,
  cgroup: { v2: '/a', v1: { pids: '/b' } },
  user: 'nobody',
  group: 1,
  groups: ['a', 2],
  resourceLimits: { nofile: 1, core: 'unlimited', cpu: { soft: 1, hard: 'unlimited' } },
  nice: 1,
  cpuAffinity: [0],
  umask: 0o22,
  networkNamespace: '/run/netns/a',
  noNewPrivs: true,
  parentDeathSignal: 'SIGKILL',
  execDeadlineMs: 1,
  timeoutMs: 1,
  killSignal: 'SIGINT',
  signal: new AbortController().signal,
  killGroupAtExit: true,
  killOnDispose: true,
};

/** What must not compile: each line is an error that the compiler has to find. */
export function mistakes(child: SpawnedProcess, status: ExitStatus): void {
  // @ts-expect-error the command is required
  spawn();
  // @ts-expect-error arguments are an array
  spawn('ls', '-l');
  // @ts-expect-error arguments are strings
  spawn('ls', [5]);
  // @ts-expect-error no such option
  spawn('ls', [], { cdw: '/' });
  // @ts-expect-error undefined does not mean the default
  spawn('ls', [], { cwd: undefined });
  // @ts-expect-error no such word
  spawn('ls', [], { stdio: 'none' });
  // @ts-expect-error a file needs its path
  spawn('ls', [], { stdio: [{ append: true }] });
  // @ts-expect-error no such resource
  spawn('ls', [], { resourceLimits: { nofiles: 1 } });
  // @ts-expect-error both limits or one value
  spawn('ls', [], { resourceLimits: { nofile: { soft: 1 } } });
  // @ts-expect-error signals are named with SIG
  spawn('ls', [], { killSignal: 'TERM' });
  // @ts-expect-error variables are strings
  spawn('ls', [], { env: { A: 1 } });
  // @ts-expect-error run collects the output itself
  void run('ls', [], { stdio: 'pipe' });
  // @ts-expect-error no such encoding
  void run('ls', [], { encoding: 'latin1' });
  // @ts-expect-error signals are named with SIG
  child.kill('TERM');
  // @ts-expect-error no such target
  child.kill('SIGTERM', 'all');
  // @ts-expect-error no such event
  child.on('close', () => undefined);
  // @ts-expect-error a process id does not change
  child.pid = 5;
  // @ts-expect-error a status does not change
  status.code = 5;
  // @ts-expect-error processes are made by spawn
  new (child.constructor as typeof SpawnedProcess)(1, 2, {});
  // @ts-expect-error no such code
  expectTypeOf<SpawnErrorCode>().toEqualTypeOf<'ERR_NONE'>();
}

test('the public surface has the types that are documented', () => {
  // Whoever runs this has compiled it.
});

// Supervisors and keepers as units of a real systemd: what it stops, restarts and starts leaves tasks alone.

import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { native } from '../../src/native.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { holdersOf, keepersOf, killAll } from '../helpers/keeper-folder.ts';
import { removeKeeperGroups } from '../helpers/keeper-groups.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';
import { repoRoot } from '../helpers/repo-root.ts';
import { type Systemd, startSystemd } from '../helpers/systemd.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const skip =
  process.env['RAW_EXEC_VM_MODE'] === 'v2-systemd'
    ? false
    : 'this needs a machine of its own: npm run test:vm -- --mode v2-systemd';

const supervisor = 'raw-exec-supervisor.service';
const instance = 'raw-exec-keeper@test';
const stateOfUnit = '/var/lib/raw-exec/test';

interface Supervised {
  readonly systemd: Systemd;
  readonly folder: string;
  /** Waits for what the supervisor tells by that file. */
  readonly told: (name: string) => Promise<unknown>;
}

/** @param stateDirectory of the keeper that its supervisor uses */
async function supervise(t: TestContext, stateDirectory: string): Promise<Supervised> {
  const folder = temporaryFolder(t);
  cleanUp(t, removeKeeperGroups);
  const systemd = await startSystemd(t);
  const words = [
    process.execPath,
    fixture('driver/unit-supervisor.mjs'),
    moduleUrl('driver/raw-exec-driver'),
    stateDirectory,
    folder,
  ];
  // KillMode= is that of most services: everything in the unit's group is killed.
  systemd.addUnit(
    supervisor,
    `[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=${words.join(' ')}\nTimeoutStopSec=infinity\n`,
  );
  const told = (name: string): Promise<unknown> =>
    eventually(`the supervisor has told ${name}`, () => {
      const file = join(folder, name);
      return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : undefined;
    });
  return { systemd, folder, told };
}

/** Starts the supervisor's unit, and waits until it looks after its task. */
async function startSupervisor({ systemd, told }: Supervised): Promise<void> {
  await systemd.systemctl('start', supervisor);
  const invocation = await systemd.systemctl('show', '--value', '-p', 'InvocationID', supervisor);
  await told(`serves-${invocation}`);
}

/** The task's pid outside of systemd's namespace. */
async function taskOf({ told }: Supervised): Promise<number> {
  const handle = (await told('handle')) as { readonly pid: number };
  const found = readdirSync('/proc').filter((name) => {
    // The last is the one in the innermost namespace, see proc_pid_status(5).
    const numbers = /^NSpid:\t(.*)$/m.exec(statusOf(name))?.[1]?.split('\t') ?? [];
    return numbers.length > 1 && Number(numbers.at(-1)) === handle.pid;
  });
  assert.equal(found.length, 1);
  return Number(found[0]);
}

function statusOf(name: string): string {
  if (!/^\d+$/.test(name)) return '';
  try {
    return readFileSync(`/proc/${name}/status`, 'utf8');
  } catch (error) {
    // It has ended since the listing.
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

async function endTask({ folder, told }: Supervised): Promise<void> {
  writeFileSync(join(folder, 'end'), '');
  assert.deepEqual(await told('exit'), { exitCode: 7, isStatusKnown: true });
}

test('A supervisor’s unit is stopped: the keeper that it has started, and its task, go on, and the next one gets the exact end.', {
  skip,
}, async (t) => {
  const state = join('/run', `raw-exec-test-${process.pid}`);
  cleanUp(t, () => rmSync(state, { recursive: true, force: true }));
  const supervised = await supervise(t, state);
  const { systemd } = supervised;
  await startSupervisor(supervised);
  const task = await taskOf(supervised);
  const helpers = [...keepersOf(state), ...holdersOf(state)];
  assert.equal(helpers.length, 2);
  await systemd.systemctl('stop', supervisor);
  assert.equal(await systemd.systemctl('show', '--value', '-p', 'Result', supervisor), 'success');
  for (const pid of [task, ...helpers]) assert.ok(isAlive(pid));
  await systemd.systemctl('restart', supervisor);
  await startSupervisor(supervised);
  await endTask(supervised);
  await untilEnded(task);
});

test('The keeper’s unit is started by its socket, stopped, restarted and killed, and its task goes on.', {
  skip,
}, async (t) => {
  mkdirSync('/usr/local/bin', { recursive: true });
  copyFileSync(native.keeperPath, '/usr/local/bin/raw-exec-keeper');
  cleanUp(t, () => rmSync('/usr/local/bin/raw-exec-keeper'));
  cleanUp(t, () => rmSync(stateOfUnit, { recursive: true, force: true }));
  const supervised = await supervise(t, stateOfUnit);
  const { systemd } = supervised;
  for (const kind of ['service', 'socket']) {
    const file = join(repoRoot, 'contrib/systemd', `raw-exec-keeper@.${kind}`);
    systemd.addUnit(basename(file), readFileSync(file, 'utf8'));
  }
  await systemd.systemctl('daemon-reload');
  await systemd.systemctl('start', `${instance}.socket`);
  assert.deepEqual(keepersOf(stateOfUnit), []);
  await startSupervisor(supervised);
  const task = await taskOf(supervised);
  const holders = holdersOf(stateOfUnit);
  assert.equal(await systemd.systemctl('is-active', `${instance}.service`), 'active');

  const anotherKeeper = async (old: readonly number[]): Promise<void> => {
    await eventually('another keeper', () => {
      const now = keepersOf(stateOfUnit);
      return (now.length === 1 && !old.includes(now[0] ?? -1)) || undefined;
    });
    assert.deepEqual(holdersOf(stateOfUnit), holders);
    assert.ok(isAlive(task));
  };
  let keepers = keepersOf(stateOfUnit);
  await systemd.systemctl('restart', `${instance}.service`);
  await anotherKeeper(keepers);
  keepers = keepersOf(stateOfUnit);
  killAll(keepers);
  await anotherKeeper(keepers);
  keepers = keepersOf(stateOfUnit);
  // The supervisor connects again, and that starts it.
  await systemd.systemctl('stop', `${instance}.service`);
  await anotherKeeper(keepers);
  await systemd.systemctl('restart', supervisor);
  await endTask(supervised);
  await untilEnded(task);
});

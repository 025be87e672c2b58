// Where task groups are made, on the real hierarchies of this machine.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readHostLayout } from '../../src/cgroup/host-layout.ts';
import { v2Controllers } from '../../src/cgroup/make-parents.ts';
import {
  findTaskPlace,
  releaseTaskPlace,
  remakeTaskPlace,
  type TaskPlace,
} from '../../src/cgroup/task-place.ts';
import { run } from '../../src/process/run.ts';
import type { CgroupPaths } from '../../src/process/spawn-options.ts';
import { makeGroup, type TestGroup } from '../helpers/cgroup-group.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { reportPlace } from '../helpers/place-report.ts';
import { fewer } from '../helpers/slowness.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

guardAgainstLeaks();

let serial = 0;

/** A parent that no other test has. */
function freshParent(): string {
  serial += 1;
  return `raw-exec-test-parent-${process.pid}-${serial}`;
}

/** Skips where no place can be had, with the reason. */
async function place(t: TestContext, cgroupParent: string): Promise<TaskPlace | undefined> {
  const layout = readHostLayout();
  if (process.geteuid?.() !== 0 || layout.mode === 'none') {
    t.skip(`making groups at the top needs root and a cgroup mount; the mode is ${layout.mode}`);
    return undefined;
  }
  const found = await findTaskPlace({ cgroupParent, layout });
  assert.ok(!('none' in found));
  t.after(() => releaseTaskPlace(found));
  return found;
}

function parentsOf({ parent }: TaskPlace): readonly string[] {
  const v1 = parent.v1.map(({ directory }) => directory);
  return [...new Set([...(parent.v2 === undefined ? [] : [parent.v2]), ...v1])];
}

/** What `spawn` takes. */
function pathsOf(groups: readonly string[], { parent }: TaskPlace): CgroupPaths {
  const isV2 = (group: string): boolean => group === `${parent.v2}/task`;
  const v1 = groups.filter((group) => !isV2(group)).map((group) => [group, group] as const);
  return {
    ...(parent.v2 !== undefined && { v2: `${parent.v2}/task` }),
    ...(v1.length > 0 && { v1: Object.fromEntries(v1) }),
  };
}

test('A place is made where there was none, a process can be started below it, and releasing removes it.', async (t) => {
  const name = freshParent();
  const found = await place(t, `${name}/deep`);
  if (found === undefined) {
    return;
  }
  assert.ok(parentsOf(found).every((directory) => directory.endsWith(`/${name}/deep`)));
  // A cpuset group of version 1 has to be given CPUs first.
  const parents = parentsOf(found).filter(
    (directory) => !existsSync(`${directory}/cpuset.cpus`) || directory === found.parent.v2,
  );
  const groups = parents.map((directory) => join(directory, 'task'));
  for (const directory of groups) {
    mkdirSync(directory);
  }
  const { stdout } = await run('cat', ['/proc/self/cgroup'], { cgroup: pathsOf(groups, found) });
  for (const directory of groups) {
    rmdirSync(directory);
  }
  const entered = stdout.split('\n').filter((line) => line.endsWith(`/${name}/deep/task`));
  assert.equal(entered.length, groups.length, stdout);
  await releaseTaskPlace(found);
  assert.deepEqual(
    parentsOf(found).filter((directory) => existsSync(directory)),
    [],
  );
  assert.ok(found.groups.every(({ directory }) => !existsSync(directory)));
});

test('Whoever this process is, a task starts in a group below its place, or the reason is told.', async () => {
  const { layout, place: found } = await reportPlace({});
  if (found.parent === undefined) {
    assert.ok((found.none ?? '').length > 0, JSON.stringify(found));
    return;
  }
  const { v2, v1 } = found.parent;
  assert.ok(v2 !== undefined || v1.length > 0);
  assert.equal(found.inside?.endsWith(`/${basename(v2 ?? '')}/inside-${found.pid}`), v2 && true);
  assert.ok(v2 === undefined || !existsSync(`${v2}/inside-${found.pid}`));
  // With us beside it, a subtree hands down all that it has got.
  if (process.geteuid?.() !== 0 && 'directory' in layout.delegated && !layout.delegated.holdsUs) {
    assert.equal(found.origin, 'delegated');
    assert.deepEqual(found.withheld, {});
  }
});

test('Every controller of the host that limits know is either usable or withheld with a reason.', async (t) => {
  const found = await place(t, freshParent());
  if (found === undefined) {
    return;
  }
  const { controllers } = readHostLayout();
  const known = ['cpu', 'cpuset', 'io', 'memory', 'pids', 'hugetlb', 'blkio', 'freezer', 'cpuacct'];
  for (const controller of Object.keys(controllers).filter((name) => known.includes(name))) {
    const reason = found.withheld[controller];
    assert.ok(found.controllers.includes(controller) === (reason === undefined), controller);
  }
});

test('A new cpuset group of version 1 takes processes at once: it has the CPUs of the group above.', async (t) => {
  const found = await place(t, freshParent());
  const cpuset = found?.parent.v1.find(({ controller }) => controller === 'cpuset');
  if (cpuset === undefined) {
    t.skip('cpuset is no controller of version 1 here');
    return;
  }
  const { status } = await run('true', [], { cgroup: { v1: { cpuset: cpuset.directory } } });
  assert.equal(status.exitCode, 0);
});

test('A parent that was there before is used, not arranged, and not removed.', async (t) => {
  const group = makeGroup(t);
  const found = group && (await place(t, group.name));
  if (found === undefined) {
    return;
  }
  assert.equal(found.parent.v2, group?.path);
  await releaseTaskPlace(found);
  assert.ok(existsSync(group?.path ?? ''));
});

test('A parent that somebody has removed is made again, and one that is in use stays.', async (t) => {
  const found = await place(t, freshParent());
  const [first] = found === undefined ? [] : parentsOf(found);
  if (found === undefined || first === undefined) {
    return;
  }
  rmdirSync(first);
  await remakeTaskPlace(found);
  mkdirSync(join(first, 'in-use'));
  await releaseTaskPlace(found);
  assert.ok(existsSync(first));
  rmdirSync(join(first, 'in-use'));
  await releaseTaskPlace(found);
  assert.ok(!existsSync(first));
});

test('Supervisors that come and go at once do not disturb each other.', async (t) => {
  const layout = readHostLayout();
  if (process.geteuid?.() !== 0 || layout.mode === 'none') {
    t.skip(`making groups at the top needs root and a cgroup mount; the mode is ${layout.mode}`);
    return;
  }
  const comeAndGo = async (): Promise<void> => {
    for (let round = 0; round < fewer(5); round += 1) {
      const found = await findTaskPlace({ layout });
      assert.ok(!('none' in found), JSON.stringify(found));
      await releaseTaskPlace(found);
    }
  };
  const others = [0, 1].map(() => reportPlace({}));
  await Promise.all([0, 1, 2, 3].map(comeAndGo));
  for (const { place: found } of await Promise.all(others)) {
    assert.equal(found.none ?? found.code, undefined);
  }
});

test('What a trial has left that was cut short is removed, and one that goes on is not.', async (t) => {
  const found = await place(t, freshParent());
  const [parent] = found === undefined ? [] : parentsOf(found);
  if (found === undefined || parent === undefined) {
    return;
  }
  const { child } = await ended();
  const stale = join(parent, `trial-${child}.1`);
  const live = join(parent, `trial-${process.pid}.9999`);
  mkdirSync(stale);
  mkdirSync(live);
  await findTaskPlace({ cgroupParent: parent.slice(parent.lastIndexOf('/') + 1) });
  const isThere = [stale, live].map((directory) => existsSync(directory));
  rmdirSync(live);
  assert.deepEqual(isThere, [false, true]);
});

/** The id of a process that is gone. */
async function ended(): Promise<{ readonly child: number }> {
  const { stdout } = await run('sh', ['-c', 'echo $$']);
  return { child: Number(stdout) };
}

/** Prepares a parent, and says how it is named and what is refused about it. */
type Prepare = (group: TestGroup, t: TestContext) => string;

const refused: readonly [string, Prepare, string, RegExp][] = [
  [
    'outside of every cgroup mount',
    () => '/tmp/jobs',
    'ERR_CGROUP_OUTSIDE',
    /not below a cgroup mount/,
  ],
  ['with a part ".."', (group) => `${group.name}/../x`, 'ERR_CGROUP_PATH', /"\." or "\.\."/],
  [
    'with a part "." in an absolute path',
    (group) => `${group.path}/./x`,
    'ERR_CGROUP_PATH',
    /"\." or "\.\."/,
  ],
  ['that is empty', () => '/', 'ERR_CGROUP_PATH', /the path is empty/],
  ['with a line break', () => 'a\nb', 'ERR_CGROUP_PATH', /NUL or a line break/],
  [
    'with a name that is too long',
    () => 'x'.repeat(256),
    'ERR_CGROUP_PATH',
    /longer than 255 bytes/,
  ],
  [
    'that is the top of a hierarchy',
    (group) => group.path.slice(0, -group.name.length - 1),
    'ERR_CGROUP_PATH',
    /top of its hierarchy/,
  ],
  [
    'behind a symbolic link',
    (group, t) => {
      const link = join(temporaryFolder(t), 'link');
      symlinkSync(group.path, link);
      return `${link}/jobs`;
    },
    'ERR_CGROUP_SYMLINK',
    /Name \/.*raw-exec-test-.*\/jobs itself/,
  ],
  [
    'that is a file of a group',
    (group) => `${group.name}/cgroup.procs`,
    'ERR_CGROUP_NOT_A_GROUP',
    /a file of a group, not a group/,
  ],
  [
    'that is threaded',
    (group) => {
      mkdirSync(`${group.path}/threads`);
      writeFileSync(`${group.path}/threads/cgroup.type`, 'threaded');
      return `${group.name}/threads`;
    },
    'ERR_CGROUP_THREADED',
    /cgroup\.type is "domain threaded"/,
  ],
  [
    'that is frozen',
    (group) => {
      writeFileSync(`${group.path}/cgroup.freeze`, '1');
      return group.name;
    },
    'ERR_CGROUP_FROZEN',
    /Thaw it first/,
  ],
  [
    'below a frozen group',
    (group) => {
      writeFileSync(`${group.path}/cgroup.freeze`, '1');
      return `${group.name}/jobs`;
    },
    'ERR_CGROUP_FROZEN',
    /Thaw it first/,
  ],
  [
    'that may have no groups below it',
    (group) => {
      writeFileSync(`${group.path}/cgroup.max.descendants`, '0');
      return group.name;
    },
    'ERR_CGROUP_FULL',
    /EAGAIN .*cgroup\.max\.descendants/,
  ],
  [
    'in a group that may have no groups below it',
    (group) => {
      writeFileSync(`${group.path}/cgroup.max.descendants`, '0');
      return `${group.name}/jobs`;
    },
    'ERR_CGROUP_FULL',
    /EAGAIN .*cgroup\.max\.descendants/,
  ],
];

for (const [what, prepare, code, message] of refused) {
  test(`A parent ${what} is refused with ${code}, and nothing is left.`, async (t) => {
    const group = makeGroup(t);
    if (group === undefined) {
      return;
    }
    t.after(() => rmdirUnlessAbsent(`${group.path}/threads`));
    const cgroupParent = prepare(group, t);
    await assert.rejects(findTaskPlace({ cgroupParent }), { code, message });
    assert.ok(!existsSync(`${group.path}/jobs`));
    for (const { mount } of readHostLayout().v1) {
      assert.ok(!existsSync(join(mount, group.name)));
    }
    rmdirUnlessAbsent(`${group.path}/threads`);
  });
}

function rmdirUnlessAbsent(directory: string): void {
  if (existsSync(directory)) {
    rmdirSync(directory);
  }
}

test('A parent that is no text is a mistake of the caller.', async () => {
  const options: object = { cgroupParent: 5 };
  await assert.rejects(findTaskPlace(options), { name: 'TypeError', option: 'cgroupParent' });
});

test('A controller that is asked for and cannot be had is told with the reason, and nothing is left.', async (t) => {
  const group = makeGroup(t);
  if (group === undefined) {
    return;
  }
  const cgroupParent = `${group.name}/jobs`;
  await assert.rejects(findTaskPlace({ cgroupParent, controllers: ['no-such'] }), {
    code: 'ERR_CGROUP_CONTROLLERS',
    message: /the controller no-such is asked for\. This host has no such controller/,
  });
  assert.ok(!existsSync(`${group.path}/jobs`));
});

test('A controller that the top does not hand down is told with the command that does.', async (t) => {
  const { v2 } = readHostLayout();
  const off = v2?.controllers.find(
    (controller) => v2Controllers.includes(controller) && !v2.enabled.includes(controller),
  );
  const group = makeGroup(t);
  if (group === undefined || off === undefined) {
    t.skip('this host hands every controller of version 2 down');
    return;
  }
  await assert.rejects(findTaskPlace({ cgroupParent: `${group.name}/jobs`, controllers: [off] }), {
    code: 'ERR_CGROUP_CONTROLLERS',
    message: new RegExp(`Enable it: echo \\+${off} > ${v2?.mount}/cgroup\\.subtree_control`),
  });
});

test('A controller that no limit needs is told as such, not as one that the host lacks.', async (t) => {
  const { controllers } = readHostLayout();
  const needless = ['rdma', 'misc', 'net_cls', 'perf_event'].find((name) =>
    Object.hasOwn(controllers, name),
  );
  const found = await place(t, freshParent());
  if (found === undefined || needless === undefined || found.controllers.includes(needless)) {
    t.skip('needs root, and a controller that groups of tasks do without');
    return;
  }
  await assert.rejects(findTaskPlace({ cgroupParent: freshParent(), controllers: [needless] }), {
    code: 'ERR_CGROUP_CONTROLLERS',
    message: /This host has it, but groups of tasks do without: leave it out/,
  });
});

const uid = 65_534;

/** Needs root and the unified hierarchy. */
function userGroup(t: TestContext, ...owned: readonly string[]): TestGroup | undefined {
  const group = makeGroup(t);
  if (group !== undefined && process.geteuid?.() !== 0) {
    t.skip('becoming another user needs root');
    return undefined;
  }
  for (const name of group === undefined ? [] : ['', ...owned]) {
    const directory = join(group?.path ?? '', name);
    if (name !== '') {
      mkdirSync(directory);
      t.after(() => rmdirUnlessAbsent(directory));
    }
    for (const file of ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']) {
      chownSync(join(directory, file), uid, uid);
    }
  }
  return group;
}

test('An ordinary user in a delegated subtree has a place below its top.', async (t) => {
  const group = userGroup(t, 'leaf');
  if (group === undefined) {
    return;
  }
  const enter = join(group.path, 'leaf');
  const { layout, place: found } = await reportPlace({ enter, uid });
  assert.deepEqual(layout.delegated, { directory: group.path, by: 'owner', holdsUs: false });
  assert.equal(found.origin, 'delegated');
  assert.equal(found.parent?.v2, `${group.path}/raw-exec.slice`);
  assert.deepEqual(found.parent.v1, []);
  assert.match(found.inside ?? '', new RegExp(`/${group.name}/raw-exec.slice/inside-\\d+$`));
  assert.ok(!existsSync(`${group.path}/raw-exec.slice`));
  await removeLeft(enter);
});

/** The kernel lets go of the group of a dead process a moment after that was waited for. */
async function removeLeft(directory: string): Promise<void> {
  await eventually(`${directory} is left`, () => {
    try {
      rmdirSync(directory);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return undefined;
      throw error;
    }
  });
}

/** As a service manager does it. */
function markDelegated(directory: string, attribute: 'user.delegate' | 'trusted.delegate'): void {
  const program = 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], b"1")';
  execFileSync('python3', ['-c', program, directory, attribute]);
}

test('The mark of a service manager is seen by a user, whose own group hands no controllers down.', async (t) => {
  const group = userGroup(t);
  if (group === undefined) {
    return;
  }
  markDelegated(group.path, 'user.delegate');
  const { layout, place: found } = await reportPlace({ enter: group.path, uid });
  assert.deepEqual(layout.delegated, { directory: group.path, by: 'systemd', holdsUs: true });
  assert.equal(found.parent?.v2, `${group.path}/raw-exec.slice`);
  assert.deepEqual(found.controllers, []);
});

test('Root in a subgroup of a delegated unit has its place in the unit; in the unit itself at the top of the host.', async (t) => {
  const group = userGroup(t, 'keeper');
  if (group === undefined) {
    return;
  }
  markDelegated(group.path, 'trusted.delegate');
  // First: with controllers on for the groups of tasks, the unit itself takes no process.
  const inside = await reportPlace({ enter: group.path });
  assert.equal(inside.place.origin, 'root');
  const enter = join(group.path, 'keeper');
  const below = await reportPlace({ enter });
  assert.deepEqual(below.layout.delegated, {
    directory: group.path,
    by: 'systemd',
    holdsUs: false,
  });
  assert.equal(below.place.origin, 'delegated');
  assert.equal(below.place.parent?.v2, `${group.path}/raw-exec.slice`);
  await removeLeft(enter);
});

test('An ordinary user’s parent is below the subtree, and a place of somebody else is refused.', async (t) => {
  const group = userGroup(t, 'leaf');
  if (group === undefined) {
    return;
  }
  const enter = join(group.path, 'leaf');
  const own = await reportPlace({ enter, uid, options: { cgroupParent: 'jobs' } });
  assert.equal(own.place.parent?.v2, `${group.path}/jobs`);
  const path = join(group.path, '..', freshParent());
  const foreign = await reportPlace({ enter, uid, options: { cgroupParent: path } });
  assert.equal(foreign.place.code, 'ERR_CGROUP_NOT_PERMITTED');
  await removeLeft(enter);
});

test('An ordinary user in a group beside the own subtree has no place, and is told what to do.', async (t) => {
  const beside = makeGroup(t);
  const group = beside && userGroup(t);
  if (beside === undefined || group === undefined) {
    return;
  }
  const { place: found } = await reportPlace({ enter: beside.path, uid });
  assert.match(found.none ?? '', /was not delegated.*systemd-run --user --scope -p Delegate=yes/);
  // Its own group lets it make groups, and the trial finds that no process gets there from here.
  const options = { cgroupParent: group.path };
  const named = await reportPlace({ enter: beside.path, uid, options });
  assert.equal(named.place.code, 'ERR_CGROUP_NOT_PERMITTED');
  assert.match(named.place.message ?? '', /EACCES/);
});

test('A parent in which no process may be is refused with ERR_CGROUP_FULL.', async (t) => {
  const { controllers, v2 } = readHostLayout();
  const group = makeGroup(t);
  if (group === undefined || controllers['pids'] !== 'v2' || !v2?.enabled.includes('pids')) {
    t.skip('needs pids as a controller of version 2 that the top hands down');
    return;
  }
  writeFileSync(`${group.path}/pids.max`, '0');
  await assert.rejects(findTaskPlace({ cgroupParent: group.name }), {
    code: 'ERR_CGROUP_FULL',
    message: /EAGAIN .*pids\.max/,
  });
});

test('In a subtree that was delegated to a user controllers are handed down to the groups of tasks.', async (t) => {
  const enabled = readHostLayout().v2?.enabled ?? [];
  const wanted = ['cpu', 'io', 'memory', 'pids'].filter((name) => enabled.includes(name));
  if (wanted.length === 0) {
    t.skip('needs controllers of version 2 that the top hands down');
    return;
  }
  const group = userGroup(t, 'leaf');
  if (group === undefined) {
    return;
  }
  const enter = join(group.path, 'leaf');
  const { place: found } = await reportPlace({ enter, uid });
  assert.deepEqual(
    wanted.filter((name) => !found.controllers?.includes(name)),
    [],
  );
  await removeLeft(enter);
});

/** Whether mounts can be changed for one process. */
async function canChangeMounts(t: TestContext): Promise<boolean> {
  const layout = readHostLayout();
  if (process.geteuid?.() !== 0 || layout.mode !== 'hybrid') {
    t.skip(`needs root and a hybrid host to hide parts of; the mode is ${layout.mode}`);
    return false;
  }
  const { status, stderr } = await run('unshare', ['--mount', 'true']);
  if (status.exitCode !== 0) {
    t.skip(`mounts cannot be changed for one process: ${stderr}`);
  }
  return status.exitCode === 0;
}

test('Without any hierarchy there is no place, and the reason says what to mount.', async (t) => {
  if (!(await canChangeMounts(t))) {
    return;
  }
  const { layout, place: found } = await reportPlace({
    mounts: 'mount -t tmpfs none /sys/fs/cgroup',
  });
  assert.equal(layout.mode, 'none');
  assert.match(found.none ?? '', /No cgroup hierarchy with controllers is mounted/);
  const named = await reportPlace({
    mounts: 'mount -t tmpfs none /sys/fs/cgroup',
    options: { cgroupParent: 'jobs' },
  });
  assert.equal(named.place.code, 'ERR_CGROUP_UNAVAILABLE');
});

test('With version 2 mounted over everything the place is there, and it is a place of version 2.', async (t) => {
  if (!(await canChangeMounts(t))) {
    return;
  }
  const { layout, place: found } = await reportPlace({
    mounts: 'mount -t cgroup2 none /sys/fs/cgroup',
  });
  assert.equal(layout.mode, 'v2');
  assert.equal(found.mode, 'v2');
  assert.deepEqual(found.parent, { v2: '/sys/fs/cgroup/raw-exec.slice', v1: [] });
  assert.match(found.inside ?? '', /\/raw-exec\.slice\/inside-\d+$/);
});

test('A read-only hierarchy is left out as long as another can be used, and refused when it is asked for.', async (t) => {
  const v2 = readHostLayout().v2?.mount ?? '';
  if (!(await canChangeMounts(t))) {
    return;
  }
  const mounts = `mount -o remount,bind,ro ${v2}`;
  const { layout, place: found } = await reportPlace({ mounts });
  assert.equal(layout.v2?.isReadOnly, true);
  assert.equal(found.mode, 'v1');
  assert.equal(found.parent?.v2, undefined);
  assert.ok((found.parent?.v1.length ?? 0) > 0);
  const cgroupParent = freshParent();
  const named = await reportPlace({ mounts, options: { cgroupParent } });
  assert.equal(named.place.code, 'ERR_CGROUP_READ_ONLY');
  assert.equal(named.place.path, `${v2}/${cgroupParent}`);
});

test('A read-only hierarchy of version 1 costs its controllers, and no more.', async (t) => {
  const memory = readHostLayout().v1.find(({ controllers }) => controllers.includes('memory'));
  if (!(await canChangeMounts(t)) || memory === undefined) {
    return;
  }
  const mounts = `mount -o remount,bind,ro ${memory.mount}`;
  const { place: found } = await reportPlace({ mounts, options: { cgroupParent: freshParent() } });
  assert.equal(found.mode, 'hybrid');
  assert.ok(!found.controllers?.includes('memory'));
  assert.match(found.withheld?.['memory'] ?? '', /EROFS .*mount it read-write/);
});

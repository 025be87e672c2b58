import assert from 'node:assert/strict';
import test from 'node:test';
import { type HostLayout, readHostLayout } from '../../../src/cgroup/host-layout.ts';
import { defaultCandidates, namedCandidate } from '../../../src/cgroup/place-candidate.ts';
import { otherHost } from '../../helpers/other-host.ts';

const top = '/sys/fs/cgroup';
const unit = `${top}/system.slice/agent.service`;
const v2Mount = `30 23 0:26 / ${top} rw - cgroup2 cgroup2 rw\n`;
const v1Mounts = `31 23 0:27 / /cg/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
32 23 0:28 / /cg/memory rw - cgroup cgroup rw,memory
33 23 0:29 / /cg/devices rw - cgroup cgroup rw,devices
34 23 0:30 / /cg/systemd rw - cgroup cgroup rw,name=systemd
`;

/** A host with these mounts, and this process in a group. */
function layoutIn(mountinfo: string, path: string, delegated: readonly string[] = []): HostLayout {
  const files = otherHost({
    files: { '/proc/self/mountinfo': mountinfo, '/proc/self/cgroup': `0::${path}\n` },
    delegated,
  });
  return readHostLayout({ files, euid: 7 });
}

const inSubgroup = layoutIn(v2Mount, '/system.slice/agent.service/keeper', [unit]);
const inUnit = layoutIn(v2Mount, '/system.slice/agent.service', [unit]);
const inSession = layoutIn(v2Mount, '/user.slice/user-7.slice/session-1.scope');

const atTop = {
  origin: 'root',
  v2: { top, parent: `${top}/raw-exec.slice`, mayArrangeTop: false },
  v1: [],
};

test('In a subgroup of a delegated unit the place is beside it, and the unit hands controllers down.', () => {
  const own = {
    origin: 'delegated',
    v2: { top: unit, parent: `${unit}/raw-exec.slice`, mayArrangeTop: true },
    v1: [],
  };
  assert.deepEqual(defaultCandidates(inSubgroup, 0), [own, atTop]);
  assert.deepEqual(defaultCandidates(inSubgroup, 7), [own]);
});

test('Root in the top group of a unit goes to the top of the host, so that the unit can be restarted.', () => {
  assert.deepEqual(defaultCandidates(inUnit, 0), [atTop]);
});

test('An ordinary user in the top group of a unit has groups there, without controllers.', () => {
  assert.deepEqual(defaultCandidates(inUnit, 7), [
    {
      origin: 'delegated',
      v2: { top: unit, parent: `${unit}/raw-exec.slice`, mayArrangeTop: false },
      v1: [],
    },
  ]);
});

test('A login session has no place, root in it has.', () => {
  assert.deepEqual(defaultCandidates(inSession, 7), []);
  assert.deepEqual(defaultCandidates(inSession, 0), [atTop]);
});

test('Version 1 is root’s alone; hierarchies without a use for tasks are left out, those mounted together share a group.', () => {
  const layout = layoutIn(v1Mounts, '/');
  assert.equal(layout.mode, 'v1');
  assert.deepEqual(defaultCandidates(layout, 7), []);
  assert.deepEqual(defaultCandidates(layout, 0), [
    {
      origin: 'root',
      v1: [
        { controller: 'cpu', mount: '/cg/cpu,cpuacct', directory: '/cg/cpu,cpuacct/raw-exec' },
        { controller: 'cpuacct', mount: '/cg/cpu,cpuacct', directory: '/cg/cpu,cpuacct/raw-exec' },
        { controller: 'memory', mount: '/cg/memory', directory: '/cg/memory/raw-exec' },
      ],
    },
  ]);
});

test('Without a hierarchy there is no candidate.', () => {
  assert.deepEqual(defaultCandidates(layoutIn('', '/'), 0), []);
});

test('A configured parent is at the top for root, in the subtree for a user unless it is absolute.', () => {
  const parentOf = (euid: number, isAbsolute: boolean): string | undefined =>
    namedCandidate(inSubgroup, { path: 'a/b', isAbsolute, euid }).v2?.parent;
  assert.equal(parentOf(0, false), `${top}/a/b`);
  assert.equal(parentOf(7, false), `${unit}/a/b`);
  assert.equal(parentOf(7, true), `${top}/a/b`);
});

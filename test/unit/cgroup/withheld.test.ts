import assert from 'node:assert/strict';
import test from 'node:test';
import { handedDown } from '../../../src/cgroup/withheld.ts';
import { otherHost } from '../../helpers/other-host.ts';

const top = '/sys/fs/cgroup';
const parent = `${top}/raw-exec.slice`;
const candidate = { top, parent, mayArrangeTop: false };

test('What the parent hands down can be used; what the top does not is told with the command that changes it.', () => {
  const files = otherHost({
    files: {
      [`${top}/cgroup.controllers`]: 'cpuset cpu io memory rdma',
      [`${top}/cgroup.subtree_control`]: 'cpu memory',
      [`${parent}/cgroup.controllers`]: 'cpu memory',
      [`${parent}/cgroup.subtree_control`]: 'cpu memory',
    },
  });
  const { controllers, withheld } = handedDown(
    candidate,
    ['cpuset', 'cpu', 'memory', 'rdma'],
    files,
  );
  assert.deepEqual(controllers, ['cpu', 'memory']);
  assert.deepEqual(withheld, {
    cpuset: `${top} does not hand it down, and is not ours to change. Enable it: echo +cpuset > ${top}/cgroup.subtree_control`,
  });
});

test('A group with processes in it cannot hand controllers down, and that is told.', () => {
  const unit = `${top}/agent.service`;
  const files = otherHost({
    files: {
      [`${unit}/cgroup.type`]: 'domain',
      [`${unit}/cgroup.controllers`]: 'memory',
      [`${unit}/cgroup.subtree_control`]: '',
      [`${unit}/cgroup.procs`]: '17\n',
    },
  });
  const inUnit = { top: unit, parent: `${unit}/raw-exec.slice`, mayArrangeTop: true };
  const { controllers, withheld } = handedDown(inUnit, ['memory'], files);
  assert.deepEqual(controllers, []);
  assert.match(withheld['memory'] ?? '', /agent\.service holds processes.*DelegateSubgroup=/);
});

test('A subtree that did not get a controller says so.', () => {
  const files = otherHost({ files: { [`${top}/cgroup.controllers`]: 'memory' } });
  const { withheld } = handedDown(candidate, ['io'], files);
  assert.match(withheld['io'] ?? '', /does not have it: the groups above do not hand it down/);
});

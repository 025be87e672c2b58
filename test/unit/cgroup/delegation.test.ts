import assert from 'node:assert/strict';
import test from 'node:test';
import { type DelegationFacts, findDelegated } from '../../../src/cgroup/delegation.ts';
import { type OtherHost, otherHost } from '../../helpers/other-host.ts';

const mount = '/sys/fs/cgroup';
const manager = `${mount}/user.slice/user-7.slice/user@7.service`;
const scope = `${manager}/app.slice/run-1.scope`;

function find(
  own: string,
  euid: number,
  host: Omit<OtherHost, 'files'>,
): ReturnType<typeof findDelegated> {
  const facts: DelegationFacts = { mount, own, euid, files: otherHost({ files: {}, ...host }) };
  return findDelegated(facts);
}

test('A scope with Delegate=yes is the subtree, with us in its top group.', () => {
  assert.deepEqual(find(scope, 7, { delegated: [manager, scope] }), {
    directory: scope,
    by: 'systemd',
    holdsUs: true,
  });
});

test('With DelegateSubgroup we are below the top of the subtree.', () => {
  const service = `${mount}/system.slice/agent.service`;
  assert.deepEqual(find(`${service}/keeper`, 0, { delegated: [service] }), {
    directory: service,
    by: 'systemd',
    holdsUs: false,
  });
});

test('What a user’s own service manager has started without Delegate=yes is the manager’s.', () => {
  const found = find(scope, 7, { delegated: [manager], owners: { [scope]: 7, [manager]: 7 } });
  assert.ok('none' in found);
  assert.match(
    found.none,
    /was not delegated to this process.*systemd-run --user --scope -p Delegate=yes/,
  );
});

test('A login session has no subtree, and is told how to get one.', () => {
  const session = `${mount}/user.slice/user-7.slice/session-3.scope`;
  const found = find(session, 7, {});
  assert.deepEqual(found, {
    none:
      `the unit ${session} was not delegated to this process. ` +
      'Start this program by `systemd-run --user --scope -p Delegate=yes`, or as a service with `Delegate=yes`',
  });
});

test('Without a service manager the topmost group of the user is the subtree.', () => {
  const owners = { [`${mount}/jobs`]: 7, [`${mount}/jobs/a`]: 7 };
  assert.deepEqual(find(`${mount}/jobs/a`, 7, { owners }), {
    directory: `${mount}/jobs`,
    by: 'owner',
    holdsUs: false,
  });
});

test('A group of the user below one of somebody else ends the search.', () => {
  const owners = { [`${mount}/jobs`]: 7, [`${mount}/jobs/other`]: 8, [`${mount}/jobs/other/a`]: 7 };
  assert.deepEqual(find(`${mount}/jobs/other/a`, 7, { owners }), {
    directory: `${mount}/jobs/other/a`,
    by: 'owner',
    holdsUs: true,
  });
});

test('That everything belongs to root makes nothing root’s subtree.', () => {
  assert.ok('none' in find(`${mount}/jobs`, 0, {}));
});

test('In a cgroup namespace of the user’s own the top is the subtree.', () => {
  assert.deepEqual(find(mount, 7, { owners: { [mount]: 7 } }), {
    directory: mount,
    by: 'owner',
    holdsUs: true,
  });
});

test('A marked group that may not be written is told.', () => {
  const found = find(scope, 7, { delegated: [scope], writable: [] });
  assert.deepEqual(found, {
    none: `${scope} is delegated, but this process may not write it. Run as the user that it was delegated to`,
  });
});

test('A unit that was given to the user is delegated, though the service manager is too old to say so.', () => {
  const service = `${mount}/system.slice/agent.service`;
  const owners = { [service]: 7, [`${service}/keeper`]: 7, [manager]: 7, [scope]: 7 };
  assert.deepEqual(find(`${service}/keeper`, 7, { owners }), {
    directory: service,
    by: 'owner',
    holdsUs: false,
  });
  assert.deepEqual(find(scope, 7, { owners }), { directory: scope, by: 'owner', holdsUs: true });
});

// Pure: what runs where. One row for each mode: its cgroup layout, and the test files whose path below test/ begins with one
// of these words. A later part of the project adds its tests by a line here.

/** `core`: the C++ tests of the engine, where `npm run test:native` has built them. */
const engine = ['core', 'native/', 'integration/'];
const containment = ['cgroup/', 'containment/', 'host/'];
const driver = ['driver/'];

/** The parts of test/driver that depend on cgroups or on who runs them; the others would show the same everywhere. */
const driverOnHost = [
  'driver/contained-task',
  'driver/cgroup-override',
  'driver/fingerprint',
  'driver/in-process-host',
  'driver/look-after-task',
  'driver/start-task',
  'driver/stop-task',
  'driver/task-user',
];

export const modes = [
  {
    name: 'v2-root',
    layout: 'v2',
    about: 'root, in a login session; all controllers in the v2 hierarchy',
    tests: [...engine, ...containment, ...driver],
  },
  {
    name: 'v2-delegated',
    layout: 'v2',
    about: 'uid 1000 in a unit with Delegate=yes and DelegateSubgroup=',
    tests: [...containment, ...driverOnHost],
  },
  {
    name: 'v2-unit',
    layout: 'v2',
    about: 'uid 1000 in a unit with Delegate=yes, in the delegated group itself',
    tests: containment,
  },
  {
    name: 'v2-sibling',
    layout: 'v2',
    about: 'uid 1000 in a login session beside its delegated subtree',
    tests: containment,
  },
  {
    name: 'v2-user',
    layout: 'v2',
    about: 'uid 1000 in a login session, nothing delegated',
    tests: [...containment, ...driverOnHost],
  },
  {
    name: 'v2-restart',
    layout: 'v2',
    about: 'root plays systemd: a unit is restarted while its tasks live',
    tests: ['vm/unit-restart'],
  },
  {
    name: 'hybrid-root',
    layout: 'hybrid',
    about: 'root; controllers in v1, a v2 hierarchy without any',
    tests: ['core', 'integration/traps/', ...containment, ...driverOnHost],
  },
  {
    name: 'hybrid-user',
    layout: 'hybrid',
    about: 'uid 1000; controllers in v1, nothing delegated',
    tests: containment,
  },
  {
    name: 'v1-root',
    layout: 'v1',
    about: 'root; v1 alone',
    tests: [...containment, 'driver/cgroup-override'],
  },
  {
    name: 'none-root',
    layout: 'none',
    about: 'root; no cgroup file system is mounted',
    tests: ['integration/spawn-options', 'integration/run', ...containment, ...driverOnHost],
  },
  {
    name: 'none-user',
    layout: 'none',
    about: 'uid 1000; no cgroup file system is mounted',
    tests: [...containment, ...driverOnHost],
  },
];

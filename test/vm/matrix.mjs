// Pure: what runs where. One row for each mode: its cgroup layout, and the test files whose path below test/ begins with one
// of these words. A later part of the project adds its tests by a line here.

// Starting a process takes about 27 times as long there, so a mode runs what can differ in it and nothing else.

/** `core`: the C++ tests of the engine, where `npm run test:native` has built them. */
const engine = [
  'core',
  'integration/traps/exec-deadline',
  'integration/traps/forker',
  'integration/traps/frozen-groups',
  'integration/traps/killed-group',
];
const places = ['cgroup/task-place', 'host/host-report'];
const groups = [
  'cgroup/bad-places',
  'cgroup/leftovers',
  'cgroup/limits.',
  'cgroup/oom',
  'cgroup/statistics',
  'cgroup/task-cgroups',
];
const limitsV2 = 'cgroup/limits-v2';
const stops = ['containment/spawn-reaped', 'containment/stop-contained'];
const hostile = ['containment/hostile'];
const driver = ['driver/cgroup-override', 'driver/contained-task', 'driver/fingerprint'];
/** The driver's verbs over each of its hosts: one suite, see test/helpers/host-test.ts. */
const conformance = ['driver/exec-', 'driver/start-task', 'driver/stop-task'];
/** Tasks in groups that a scheduler has made: by themselves, and as Nomad's client has them over the plugin. */
const givenGroups = ['driver/given-group', 'nomad-plugin/scopes'];
/** Without stop-task: there a task that dies slowly, because it is emulated, counts as one that cannot be ended. */
const conformanceInTrees = ['driver/exec-', 'driver/start-task'];

const keeperGroup = 'keeper/keeper-group';
/** Of tasks without groups of their own, wherever there are none to be had. */
const keptReapers = 'keeper/kept-reapers';

export const modes = [
  {
    name: 'v2-root',
    layout: 'v2',
    about: 'root, in a login session; all controllers in the v2 hierarchy',
    tests: [
      ...engine,
      ...places,
      ...groups,
      limitsV2,
      ...stops,
      ...hostile,
      ...driver,
      ...conformance,
      ...givenGroups,
      'keeper/durability',
      keeperGroup,
    ],
  },
  {
    name: 'v2-delegated',
    layout: 'v2',
    about: 'uid 1000 in a unit with Delegate=yes and DelegateSubgroup=',
    tests: [...places, ...groups, limitsV2, ...driver, keeperGroup],
  },
  {
    name: 'v2-unit',
    layout: 'v2',
    about: 'uid 1000 in a unit with Delegate=yes, in the delegated group itself',
    tests: [...places, 'cgroup/task-cgroups'],
  },
  {
    name: 'v2-sibling',
    layout: 'v2',
    about: 'uid 1000 in a login session beside its delegated subtree',
    tests: [...places, 'driver/contained-task'],
  },
  {
    name: 'v2-user',
    layout: 'v2',
    about: 'uid 1000 in a login session, nothing delegated',
    tests: [...places, 'driver/contained-task'],
  },
  {
    name: 'v2-restart',
    layout: 'v2',
    about: 'root plays systemd: a unit is restarted while its tasks live',
    tests: ['vm/unit-restart'],
  },
  {
    name: 'v2-systemd',
    layout: 'v2',
    about: 'root; supervisors and keepers are units of a systemd',
    tests: ['vm/systemd'],
  },
  {
    name: 'hybrid-root',
    layout: 'hybrid',
    about: 'root; controllers in v1, a v2 hierarchy without any',
    tests: [
      'integration/traps/forker',
      'integration/traps/frozen-groups',
      ...places,
      ...groups,
      'containment/stop-contained',
      ...driver,
      'nomad-plugin/scopes',
      keeperGroup,
    ],
  },
  {
    name: 'hybrid-user',
    layout: 'hybrid',
    about: 'uid 1000; controllers in v1, nothing delegated',
    tests: [...places, 'driver/contained-task', keptReapers],
  },
  {
    name: 'v1-root',
    layout: 'v1',
    about: 'root; v1 alone',
    tests: [
      ...places,
      'cgroup/leftovers',
      'cgroup/task-cgroups',
      ...hostile,
      'driver/contained-task',
      'driver/given-group',
      'keeper/sessions',
      keeperGroup,
    ],
  },
  {
    name: 'none-root',
    layout: 'none',
    about: 'root; no cgroup file system is mounted',
    tests: [
      ...places,
      ...stops,
      ...hostile,
      'driver/contained-task',
      ...conformanceInTrees,
      'keeper/durability',
      'keeper/sessions',
      keptReapers,
    ],
  },
  {
    name: 'none-user',
    layout: 'none',
    about: 'uid 1000; no cgroup file system is mounted',
    tests: [...places, 'containment/spawn-reaped', keptReapers],
  },
];

// Constraints against a host, operator by operator.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeConstraint, whyUnmet } from '../../../src/job/check-constraint.ts';
import { compareVersions, parseVersion } from '../../../src/job/version.ts';

const facts = {
  'attr.kernel.name': 'linux',
  'attr.kernel.version': '5.10.0-28-amd64',
  'attr.os.version': '12.4',
  'attr.cpu.numcores': '16',
  'attr.driver.raw_exec.cgroup_controllers': 'cpu,memory, pids',
  'node.class': '',
};

type Row = readonly [attribute: string, operator: string, value: string];

const why = ([attribute, operator, value]: Row, count = 1): string | undefined =>
  whyUnmet({ attribute, operator, value }, facts, count);

const holding: readonly Row[] = [
  ['${attr.kernel.name}', '=', 'linux'],
  ['${attr.kernel.name}', '==', 'linux'],
  ['${attr.kernel.name}', 'is', '${attr.kernel.name}'],
  ['${attr.kernel.name}', '!=', 'windows'],
  ['${attr.none}', '!=', 'windows'],
  ['${attr.none}', 'not', 'windows'],
  ['a text', '=', 'a text'],
  ['${node.class}', '=', ''],
  ['${attr.cpu.numcores}', '>', '9'],
  ['${attr.cpu.numcores}', '>=', '16.0'],
  ['${attr.cpu.numcores}', '<', '100'],
  ['${attr.kernel.name}', '<', 'm'],
  ['${attr.kernel.name}', '<=', 'linux'],
  ['${attr.kernel.name}', 'is_set', ''],
  ['${attr.none}', 'is_not_set', ''],
  ['${attr.kernel.version}', 'regexp', '^5\\.1\\d\\.'],
  ['${attr.kernel.name}', 'regexp', '(?i)^LIN'],
  ['${attr.driver.raw_exec.cgroup_controllers}', 'set_contains', 'pids,cpu'],
  ['${attr.driver.raw_exec.cgroup_controllers}', 'set_contains_all', 'memory'],
  ['${attr.driver.raw_exec.cgroup_controllers}', 'set_contains_any', 'io, pids'],
  ['${attr.os.version}', 'version', '>= 12, < 13'],
  ['${attr.os.version}', 'version', '~> 12.2'],
  ['${attr.os.version}', 'version', '12.4.0'],
  ['${attr.kernel.version}', 'semver', '>= 5.4, < 5.10'],
  ['${attr.kernel.version}', 'version', '>= 5.10.0-1'],
  ['${attr.kernel.name}', 'distinct_property', ''],
  ['', 'distinct_hosts', ''],
];

for (const row of holding) {
  test(`holds: ${row.join(' ')}`, () => assert.equal(why(row), undefined));
}

const here = (value: string): string => `here it is ${JSON.stringify(value)}`;
const failing: readonly (readonly [Row, string])[] = [
  [['${attr.kernel.name}', '=', 'windows'], here('linux')],
  [['${attr.kernel.name}', '!=', 'linux'], here('linux')],
  [['${attr.none}', '=', 'x'], 'this host has no ${attr.none}'],
  [['${constructor}', '=', 'x'], 'this host has no ${constructor}'],
  [['x', '=', '${attr.none}'], 'this host has no ${attr.none}'],
  [['${attr.none}', 'is_set', ''], 'this host has no ${attr.none}'],
  [['${attr.kernel.name}', 'is_not_set', ''], here('linux')],
  [['${attr.cpu.numcores}', '<', '9'], here('16')],
  [['${attr.kernel.name}', 'regexp', '^win'], here('linux')],
  [
    ['${attr.kernel.name}', 'regexp', '('],
    'it is no regular expression: Invalid regular expression: /(/: Unterminated group',
  ],
  [
    ['${attr.driver.raw_exec.cgroup_controllers}', 'set_contains', 'cpu,io'],
    here('cpu,memory, pids'),
  ],
  [
    ['${attr.driver.raw_exec.cgroup_controllers}', 'set_contains_any', 'io'],
    here('cpu,memory, pids'),
  ],
  [['${attr.os.version}', 'version', '~> 12.4.1'], here('12.4')],
  [['${attr.kernel.version}', 'version', '>= 5.4'], here('5.10.0-28-amd64')],
  [['${attr.kernel.version}', 'semver', '>= 5.10'], here('5.10.0-28-amd64')],
  [['${attr.os.version}', 'version', 'new'], '"new" is no range of versions'],
  [['${attr.kernel.name}', 'version', '> 1'], 'here it is "linux", which is no version'],
  [['${attr.none}', 'distinct_property', ''], 'this host has no ${attr.none}'],
  [['${attr.kernel.name}', 'distinct_property', 'x'], '"x" is no number of allocations'],
];

for (const [row, expected] of failing) {
  test(`does not hold: ${row.join(' ')}`, () => assert.equal(why(row), expected));
}

test('a host takes one of several allocations that are to be on hosts or values of their own', () => {
  assert.equal(
    why(['', 'distinct_hosts', ''], 2),
    'there is one host, and the group has a count of 2',
  );
  assert.equal(why(['', 'distinct_hosts', 'false'], 2), undefined);
  const property: Row = ['${attr.kernel.name}', 'distinct_property', '2'];
  assert.equal(why(property, 2), undefined);
  assert.equal(why(property, 3), 'all 3 allocations of the group would have "linux"');
});

test('a constraint is told as it is read', () => {
  const told = (attribute: string, operator: string, value: string): string =>
    describeConstraint({ attribute, operator, value });
  assert.equal(told('${attr.cpu.arch}', '=', 'arm64'), '${attr.cpu.arch} = "arm64"');
  assert.equal(told('${attr.x}', 'is_set', ''), '${attr.x} is_set');
  assert.equal(told('', 'distinct_hosts', ''), 'distinct_hosts');
  assert.equal(told('${attr.x}', 'distinct_property', '2'), 'distinct_property ${attr.x} "2"');
});

test('versions are in the order of semver.org', () => {
  const ordered = [
    '0.9',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    'v1.0.0-rc.1',
    '1',
    '1.0.0.1',
    '1.2+build',
    '10.0',
  ].map((text) => parseVersion(text));
  for (const [at, left] of ordered.entries()) {
    for (const [other, right] of ordered.entries()) {
      assert.ok(left !== undefined && right !== undefined);
      assert.equal(Math.sign(compareVersions(left, right)), Math.sign(at - other));
    }
  }
  for (const text of ['', 'x', '1..2', '1.2-', '99999999999999999999']) {
    assert.equal(parseVersion(text), undefined, text);
  }
});

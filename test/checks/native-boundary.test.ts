// The numbers that JavaScript and C++ exchange are written down on both sides: here they are held against each other.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GroupEvent } from '../../src/native/containment.ts';
import { DirectoryEvent, lostEvents } from '../../src/native/directory-events.ts';
import { indexShift, Members } from '../../src/native/groups.ts';
import { HostFeature } from '../../src/native/host.ts';
import { KernelFeature } from '../../src/native/kernel.ts';
import { ReaperVerb, reaperClosed } from '../../src/native/reaper.ts';
import * as boundary from '../../src/native/spawning.ts';
import * as statistics from '../../src/native/statistics.ts';
import { native } from '../../src/native.ts';
import { repoRoot } from '../helpers/repo-root.ts';

type Numbers = Readonly<Record<string, number>>;

function readNative(file: string): string {
  return readFileSync(join(repoRoot, 'native', file), 'utf8');
}

/** `kRequestFlags` with the prefix `kRequest` is `flags`. */
function withoutPrefix(name: string, prefix: string): string {
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return rest.charAt(0).toLowerCase() + rest.slice(1);
}

/** The members of an enum, under the names that JavaScript uses. */
function cxxEnum(file: string, name: string, prefix: string): Numbers {
  const source = readNative(file);
  const body = new RegExp(`enum (?:class )?${name}\\b[^{]*\\{(?<body>[^}]*)\\}`).exec(source);
  assert.ok(body?.groups, `no enum ${name} in ${file}`);
  const members = [...(body.groups['body'] ?? '').matchAll(/(\w+) = (-?\d+)/g)];
  return Object.fromEntries(
    members.map(([, member = '', value]) => [withoutPrefix(member, prefix), Number(value)]),
  );
}

function cxxConstant(file: string, name: string): number {
  const value = new RegExp(`\\b${name} = (?<value>-?\\d+);`).exec(readNative(file));
  assert.ok(value?.groups, `no ${name} in ${file}`);
  return Number(value.groups['value']);
}

const enums: readonly {
  readonly name: string;
  readonly file: string;
  readonly cxx: string;
  readonly prefix: string;
  readonly numbers: Numbers;
}[] = [
  {
    name: 'RequestSlot',
    file: 'addon/boundary.h',
    cxx: 'RequestSlot',
    prefix: 'kRequest',
    numbers: boundary.RequestSlot,
  },
  {
    name: 'RequestFlag',
    file: 'addon/boundary.h',
    cxx: 'RequestFlag',
    prefix: 'k',
    numbers: boundary.RequestFlag,
  },
  {
    name: 'StdioKind',
    file: 'addon/boundary.h',
    cxx: 'StdioKind',
    prefix: 'k',
    numbers: boundary.StdioKind,
  },
  {
    name: 'ResultSlot',
    file: 'addon/boundary.h',
    cxx: 'ResultSlot',
    prefix: 'kResult',
    numbers: boundary.ResultSlot,
  },
  {
    name: 'ExitColumn',
    file: 'addon/boundary.h',
    cxx: 'ExitColumn',
    prefix: 'kExit',
    numbers: boundary.ExitColumn,
  },
  {
    name: 'FailureFlag',
    file: 'core/spawn.h',
    cxx: 'FailureFlag',
    prefix: 'k',
    numbers: boundary.FailureFlag,
  },
  {
    name: 'SpawnPath',
    file: 'core/spawn.h',
    cxx: 'SpawnPath',
    prefix: '',
    numbers: boundary.SpawnPath,
  },
  {
    name: 'StatsHierarchy',
    file: 'core/stats_columns.h',
    cxx: 'StatsHierarchy',
    prefix: 'k',
    numbers: statistics.StatsHierarchy,
  },
  {
    name: 'StatsPart',
    file: 'core/stats_columns.h',
    cxx: 'StatsPart',
    prefix: 'kPart',
    numbers: statistics.StatsPart,
  },
  {
    name: 'GroupColumn',
    file: 'core/stats_columns.h',
    cxx: 'GroupColumn',
    prefix: 'kGroup',
    numbers: statistics.GroupColumn,
  },
  {
    name: 'ProcessColumn',
    file: 'core/stats_columns.h',
    cxx: 'ProcessColumn',
    prefix: 'kProcess',
    numbers: statistics.ProcessColumn,
  },
  {
    name: 'DirectoryEvent',
    file: 'addon/directory_events.cc',
    cxx: 'DirectoryEvent',
    prefix: 'k',
    numbers: DirectoryEvent,
  },
  {
    name: 'GroupEvent',
    file: 'addon/containment.cc',
    cxx: 'GroupEvent',
    prefix: 'k',
    numbers: GroupEvent,
  },
  {
    name: 'ReaperVerb',
    file: 'core/reaper_wire.h',
    cxx: 'ReaperVerb',
    prefix: '',
    numbers: ReaperVerb,
  },
  {
    name: 'Members',
    file: 'core/group_removal.h',
    cxx: 'Members',
    prefix: '',
    numbers: Members,
  },
  {
    name: 'KernelFeature',
    file: 'core/kernel_features.h',
    cxx: 'Feature',
    prefix: 'k',
    numbers: KernelFeature,
  },
  {
    name: 'HostFeature',
    file: 'core/host_features.h',
    cxx: 'HostFeature',
    prefix: 'k',
    numbers: HostFeature,
  },
];

for (const { name, file, cxx, prefix, numbers } of enums) {
  test(`${name} of src/native/ has the numbers of ${cxx} in native/${file}`, () => {
    assert.deepEqual(cxxEnum(file, cxx, prefix), { ...numbers });
  });
}

test('the sizes of the shared arrays are the same on both sides', () => {
  assert.equal(boundary.exitColumns, cxxConstant('addon/boundary.h', 'kExitColumns'));
  assert.equal(boundary.exitBatch, cxxConstant('addon/boundary.h', 'kExitBatch'));
  assert.equal(statistics.groupColumns, cxxConstant('core/stats_columns.h', 'kGroupColumns'));
  assert.equal(statistics.processColumns, cxxConstant('core/stats_columns.h', 'kProcessColumns'));
  assert.equal(statistics.pressureColumns, cxxConstant('core/stats_columns.h', 'kPressureColumns'));
  assert.equal(reaperClosed, cxxConstant('addon/reaper.cc', 'kClosedId'));
  assert.equal(lostEvents, cxxConstant('addon/directory_events.cc', 'kLost'));
  assert.equal(indexShift, cxxConstant('addon/groups.cc', 'kIndexShift'));
  assert.equal(boundary.maxStdioSlots, cxxConstant('core/spawn_plan.h', 'kMaxStdio'));
});

test('the addon names the steps of spawn_steps.def in their order', () => {
  const steps = [...readNative('core/spawn_steps.def').matchAll(/^STEP\((\w+)\)/gm)];
  assert.deepEqual(
    native.spawnSteps,
    steps.map(([, step]) => step),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type EndFacts,
  type ExitExplanation,
  explainExit,
} from '../../../src/cgroup/exit-reason.ts';

const quiet: EndFacts = {
  isStatusKnown: true,
  signal: null,
  isStopRequested: false,
  isKillSent: false,
  isTimedOut: false,
};
const risen = { kills: 1, groupKills: 0 };
const none = { kills: 0, groupKills: 0 };
const killed = { ...quiet, signal: 'SIGKILL' };

const cases: readonly [title: string, facts: EndFacts, wanted: ExitExplanation][] = [
  ['It exited by itself', quiet, { reason: 'exited', oomKilled: false }],
  [
    'It exited while another process of the task was killed for want of memory',
    { ...quiet, oom: risen },
    { reason: 'exited', oomKilled: false, oomKills: 1 },
  ],
  [
    'SIGKILL, and kills in its group had risen',
    { ...killed, oom: risen },
    { reason: 'oomKilled', oomKilled: true, oomKills: 1 },
  ],
  [
    'SIGKILL, and its whole group was killed',
    { ...killed, oom: { kills: 0, groupKills: 1 } },
    { reason: 'oomKilled', oomKilled: true, oomKills: 0 },
  ],
  [
    'SIGKILL, no kill in its group',
    { ...killed, oom: none },
    { reason: 'signalled', oomKilled: false, oomKills: 0 },
  ],
  ['SIGKILL in a group that it shares', killed, { reason: 'signalled' }],
  [
    'SIGKILL of ours and kills in its group: nothing tells which it was',
    { ...killed, isStopRequested: true, isKillSent: true, oom: risen },
    { reason: 'stopped', oomKills: 1 },
  ],
  [
    'An OOM kill while it was asked to stop, before our SIGKILL',
    { ...killed, isStopRequested: true, oom: risen },
    { reason: 'oomKilled', oomKilled: true, oomKills: 1 },
  ],
  [
    'It ended when asked to',
    { ...quiet, isStopRequested: true },
    { reason: 'stopped', oomKilled: false },
  ],
  ['SIGXCPU', { ...quiet, signal: 'SIGXCPU' }, { reason: 'limit', oomKilled: false }],
  ['SIGXFSZ', { ...quiet, signal: 'SIGXFSZ' }, { reason: 'limit', oomKilled: false }],
  [
    'Its time was over',
    { ...quiet, signal: 'SIGTERM', isTimedOut: true },
    { reason: 'limit', oomKilled: false },
  ],
  ['SIGSEGV', { ...quiet, signal: 'SIGSEGV' }, { reason: 'signalled', oomKilled: false }],
  ['Somebody else took the status', { ...quiet, isStatusKnown: false }, { reason: 'unknown' }],
];

for (const [title, facts, wanted] of cases) {
  test(`${title}: ${wanted.reason}.`, () => {
    assert.deepEqual(explainExit(facts), wanted);
  });
}

// The lines of the agent's log.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentLog, defaultLogSettings, logLevels } from '../../src/agent/agent-log.ts';

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

test('a line of text has time, level and message', () => {
  const lines: string[] = [];
  const log = new AgentLog((line) => lines.push(line), defaultLogSettings);
  log.warn('something', { job: 'web' });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', time);
  assert.equal(lines[0]?.replace(time, ''), ' warn something\n');
});

test('a line of JSON has the ids, too, and stays one line whatever the message', () => {
  const lines: string[] = [];
  const log = new AgentLog((line) => lines.push(line), { level: 'info', isJson: true });
  log.error('two\nlines "quoted"', { job: 'web', allocation: 'a', task: 't' });
  log.info('plain');
  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, string>);
  assert.match(first?.['time'] ?? '', time);
  assert.deepEqual(
    { ...first, time: '' },
    {
      ...{ time: '', level: 'error', message: 'two\nlines "quoted"' },
      ...{ job: 'web', allocation: 'a', task: 't' },
    },
  );
  assert.deepEqual(Object.keys(second ?? {}), ['time', 'level', 'message']);
  for (const line of lines) assert.equal(line.indexOf('\n'), line.length - 1);
});

test('what is less important than the level is not told, and the level may change', () => {
  for (const [at, level] of logLevels.entries()) {
    const lines: string[] = [];
    const log = new AgentLog((line) => lines.push(line), { level: 'error', isJson: true });
    log.configure({ level, isJson: true });
    for (const one of logLevels) log[one](one);
    const told = lines.map((line) => (JSON.parse(line) as { message: string }).message);
    assert.deepEqual(told, logLevels.slice(at));
  }
});

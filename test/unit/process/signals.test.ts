import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { nomadSignals, signalName, signalNames, signalNumber } from '../../../src/signals.ts';

test('names and numbers of signals lead to each other', () => {
  for (const name of signalNames()) {
    const number = signalNumber(name);
    assert.ok(number !== undefined && number >= 1 && number <= 64, name);
    assert.equal(signalNumber(signalName(number)), number, name);
  }
});

test('the numbers are those of the running system', () => {
  for (const [name, number] of Object.entries(constants.signals)) {
    assert.equal(signalNumber(name), number, name);
  }
});

test('a signal with two names is reported by the one that signal(7) prefers', () => {
  assert.equal(signalName(6), 'SIGABRT');
  assert.equal(signalName(29), 'SIGIO');
  assert.equal(signalNumber('SIGIOT'), 6);
  assert.equal(signalNumber('SIGPOLL'), 29);
});

test('real-time signals are counted from both ends', () => {
  assert.equal(signalNumber('SIGRTMIN'), 34);
  assert.equal(signalNumber('SIGRTMIN+3'), 37);
  assert.equal(signalNumber('SIGRTMAX-1'), 63);
  assert.equal(signalName(64), 'SIGRTMAX');
  assert.equal(signalName(35), 'SIGRTMIN+1');
});

test('what is no signal has no number, and a number without a name is shown as it is', () => {
  assert.equal(signalNumber('TERM'), undefined);
  assert.equal(signalNumber('toString'), undefined);
  for (const name of ['SIGRTMIN+31', 'SIGRTMAX-31', 'SIGRTMIN+01', 'SIGRTMIN+', 'SIGRTMAX+1']) {
    assert.equal(signalNumber(name), undefined, name);
  }
  assert.equal(signalName(0), 'SIG0');
  assert.equal(signalName(65), 'SIG65');
  assert.equal(signalName(33), 'SIG33');
});

test("Nomad's names have no real-time signals and no SIGCHLD", () => {
  assert.ok(nomadSignals.has('SIGTERM') && nomadSignals.has('SIGNULL'));
  assert.ok(!nomadSignals.has('SIGCHLD') && !nomadSignals.has('SIGRTMIN'));
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { interpolate, interpolateValues } from '../../../src/job/interpolate.ts';
import '../../helpers/property-seed.ts';

describe('interpolate', () => {
  it('replaces variables of the task and facts of the host', () => {
    const text = interpolate(
      '${NOMAD_TASK_NAME} on ${node.unique.name} (${attr.kernel.name})',
      { NOMAD_TASK_NAME: 'web' },
      { 'node.unique.name': 'host-1', 'attr.kernel.name': 'linux' },
    );
    assert.equal(text, 'web on host-1 (linux)');
  });

  it('lets a variable of the task win over a fact of the host', () => {
    assert.equal(interpolate('${a.b}', { 'a.b': 'task' }, { 'a.b': 'host' }), 'task');
  });

  it('leaves unknown names as they are', () => {
    assert.equal(interpolate('${unknown} $HOME $${x} ${', {}), '${unknown} $HOME $${x} ${');
  });

  it('leaves the expansions of a shell as they are', () => {
    assert.equal(
      interpolate('${HOME:+x} ${#a} ${a b}', { HOME: '/root' }),
      '${HOME:+x} ${#a} ${a b}',
    );
  });

  it('takes the names that every object has for unknown', () => {
    const text = '${constructor} ${__proto__} ${toString}';
    assert.equal(interpolate(text, {}, {}), text);
  });

  it('does not replace in what it has put in', () => {
    assert.equal(interpolate('${a}', { a: '${b}', b: 'c' }), '${b}');
    assert.equal(interpolate('${a}', { a: '$& $1' }), '$& $1');
  });

  it('leaves a text without ${ as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('${'));
        assert.equal(interpolate(text, { a: 'b' }), text);
      }),
    );
  });
});

describe('interpolateValues', () => {
  it('replaces in values and not in names', () => {
    assert.deepEqual(interpolateValues({ '${a}': '${a}' }, { a: 'b' }), { '${a}': 'b' });
  });
});

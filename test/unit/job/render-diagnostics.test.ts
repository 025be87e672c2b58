import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Diagnostic } from '../../../src/job/hcl/syntax.ts';
import { renderDiagnostics } from '../../../src/job/render-diagnostics.ts';
import { loadHcl } from '../../helpers/hcl-job.ts';

function at(source: string, text: string, more: Partial<Diagnostic> = {}): Diagnostic {
  const offset = source.indexOf(text);
  const before = source.slice(0, offset).split('\n');
  const line = before.length;
  const column = [...(before.at(-1) ?? '')].length + 1;
  return {
    severity: 'error',
    summary: 'something is wrong',
    range: {
      filename: 'job.hcl',
      start: { line, column, offset },
      end: { line, column: column + [...text].length, offset: offset + text.length },
    },
    ...more,
  };
}

function render(source: string, text: string, more: Partial<Diagnostic> = {}): string[] {
  const sources = new Map([['job.hcl', source]]);
  return renderDiagnostics([at(source, text, more)], { sources }).split('\n');
}

describe('renderDiagnostics', () => {
  it('shows the place, the line and a mark under it', () => {
    assert.deepEqual(render('a\n  bad = 1\nc', 'bad', { detail: 'Did you mean "good"?' }), [
      'job.hcl:2:3: error: something is wrong',
      '    bad = 1',
      '    ^^^',
      '  Did you mean "good"?',
      '',
    ]);
  });

  it('says warning where it is one', () => {
    assert.equal(
      render('a', 'a', { severity: 'warning' })[0],
      'job.hcl:1:1: warning: something is wrong',
    );
  });

  it('keeps marks under what they belong to behind tabs and wide letters', () => {
    assert.deepEqual(render('\té bad', 'bad').slice(1, 3), ['  \té bad', '  \t  ^^^']);
  });

  it('does without a place and without the text of the file', () => {
    assert.equal(
      renderDiagnostics([{ severity: 'error', summary: 'no file' }]),
      'error: no file\n',
    );
    assert.equal(renderDiagnostics([at('x', 'x')]), 'job.hcl:1:1: error: something is wrong\n');
    assert.equal(renderDiagnostics([]), '');
  });

  it('cuts a line of a megabyte around the place', () => {
    const lines = render(`${'x'.repeat(500_000)}bad${'y'.repeat(500_000)}`, 'bad');
    assert.equal(lines[1]?.length, 162);
    assert.equal(lines[1].indexOf('bad'), lines[2]?.indexOf('^^^'));
  });

  it('marks one place at the end of a file, and shows no empty line', () => {
    const source = 'job {\n';
    const end = { line: 2, column: 1, offset: 6 };
    const diagnostic = at(source, 'job', { range: { filename: 'job.hcl', start: end, end } });
    const sources = new Map([['job.hcl', source]]);
    assert.equal(
      renderDiagnostics([diagnostic], { sources }),
      'job.hcl:2:1: error: something is wrong\n',
    );
  });

  it('does not let a file drive the terminal', () => {
    const lines = render('\u001b[31m bad', 'bad', { summary: 'an \u001b[2J escape' });
    assert.equal(lines[0], 'job.hcl:1:7: error: an \\u001b[2J escape');
    assert.equal(lines[1], '  \\u001b[31m bad');
  });

  it('colours when it is asked to', () => {
    const text = renderDiagnostics([at('x', 'x')], { colour: true });
    assert.equal(
      text,
      '\u001b[1mjob.hcl:1:1: \u001b[0m\u001b[1;31merror:\u001b[0m something is wrong\n',
    );
  });

  it('shows what loading has found', () => {
    const { diagnostics, sources } = loadHcl('job "j" {\n  group "g" {\n    cuont = 1\n  }\n}\n');
    assert.deepEqual(renderDiagnostics(diagnostics.slice(1), { sources }).split('\n'), [
      'job.hcl:3:5: error: unknown argument "cuont" in group "g"',
      '      cuont = 1',
      '      ^^^^^',
      '  Did you mean "count"?',
      '',
    ]);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../../src/job/hcl/evaluate.ts';
import { parseHcl } from '../../../src/job/hcl/parse.ts';
import { scopeOf, toPlain } from './values.ts';

function problems(source: string): string[] {
  return parseHcl(source, 'job.hcl').diagnostics.map(
    ({ range, summary }) => `${range?.start.line}:${range?.start.column} ${summary}`,
  );
}

test('Bodies hold attributes and blocks in their order, with their places.', () => {
  const { body, diagnostics } = parseHcl('a = 1\njob "x" y {\n  b = "t"\n}\nc = 2\n', 'job.hcl');
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    body.attributes.map((attribute) => attribute.name),
    ['a', 'c'],
  );
  const [block] = body.blocks;
  assert.equal(block?.type, 'job');
  assert.deepEqual(
    block.labels.map((label) => label.value),
    ['x', 'y'],
  );
  assert.deepEqual(block.body.attributes[0]?.nameRange, {
    filename: 'job.hcl',
    start: { line: 3, column: 3, offset: 20 },
    end: { line: 3, column: 4, offset: 21 },
  });
  assert.deepEqual(block.range.end, { line: 4, column: 2, offset: 29 });
});

test('Columns count characters as people do.', () => {
  assert.deepEqual(problems('a = "é👨‍👩‍👧e\u0301" 5'), [
    '1:11 expected a new line behind the argument, and read "5"',
  ]);
});

test('Each error says what was read, and the rest of the file is read on.', () => {
  const source = [
    'a = = 1',
    'b = [1 2]',
    'job "x" {',
    '  "quoted" = 1',
    '  c = "open',
    "  d = 'single'",
    '  group "a" { x = 1, y = 2 }',
    '  e = 1',
    '  e = 2',
    '  f = "\\q"',
    '}',
    'g = 1 }',
  ].join('\n');
  assert.deepEqual(problems(source), [
    '1:5 expected a value, and read "="',
    '2:8 expected "," or "]" behind the item, and read "2"',
    '4:3 names are written without quotes',
    '5:12 the text is not closed on its line',
    "6:7 unexpected character '",
    '7:20 expected "}", and read ","',
    '9:3 "e" is set twice',
    '10:8 "\\q" is no escape',
    '12:7 expected a new line behind the argument, and read "}"',
  ]);
});

test('What cannot be read stands in the body all the same, so that it is not missed.', () => {
  const { body } = parseHcl('a = [1 2]\nb = 1\n', 'job.hcl');
  assert.deepEqual(
    body.attributes.map(({ name, expression }) => [name, expression.kind]),
    [
      ['a', 'invalid'],
      ['b', 'literal'],
    ],
  );
});

test('A heredoc with a dash loses the white space that its lines share.', () => {
  const source = [
    'a = <<-EOT',
    '    one',
    '      two',
    '',
    '    ${three}',
    '  EOT',
    'b = <<EOT',
    '  kept \\n $${x}',
    '  EOT',
    'c = <<-EOT',
    '    %{ if true ~}',
    '    yes',
    '    %{ endif ~}',
    '    end',
    '    EOT',
    '',
  ].join('\n');
  const { body, diagnostics } = parseHcl(source, 'job.hcl');
  assert.deepEqual(diagnostics, []);
  const values = body.attributes.map(({ expression }) =>
    toPlain(evaluate(expression, scopeOf({ three: '3' })).value),
  );
  assert.deepEqual(values, [
    'one\n  two\n\n3\n',
    '  kept \\n ${x}\n', // The new line behind "~}" is taken first, so that the line behind it is none of its own. It is so in HCL.
    '    yes\n    end\n',
  ]);
});

test('Nesting that would overflow the stack is an error.', () => {
  const count = 100_000;
  const deep = [
    `a = ${'['.repeat(count)}`,
    `a = ${'('.repeat(count)}1${')'.repeat(count)}`,
    `a = ${'{a='.repeat(count)}`,
    `a = ${'!'.repeat(count)}x`,
    `a = ${'-'.repeat(count)}1`,
    `a = ${'"${'.repeat(count)}`,
    `a = ${'x ? '.repeat(count)}`,
    `a = ${'1 + '.repeat(count)}1`,
    `a = x${'[y]'.repeat(count)}`,
    `a = x${'[*]'.repeat(count)}`,
    `a = x${'.y'.repeat(count)}`,
    `a = ${'f('.repeat(count)}`,
    `a = "${'%{ if x }'.repeat(count)}"`,
    `a = ${'[for x in '.repeat(count)}`,
    `${'b {\n'.repeat(count)}`,
    `b ${'"l" '.repeat(count)}`,
    `a = ${'<<A\n${'.repeat(count)}`,
  ];
  for (const source of deep) {
    const { body, diagnostics } = parseHcl(source, 'deep.hcl');
    assert.ok(diagnostics.length > 0, source.slice(0, 20));
    assert.ok(diagnostics.length <= 100, source.slice(0, 20));
    for (const { expression } of body.attributes) {
      assert.doesNotThrow(() => evaluate(expression, scopeOf({}, 'keep')));
    }
  }
});

test('Long rows of operators that are allowed can be evaluated at the deepest level, or are refused.', () => {
  const row = `1${' + 1'.repeat(400)}`;
  const source = `a = ${`(${row} + `.repeat(150)}1${')'.repeat(150)}`;
  const { body } = parseHcl(source, 'deep.hcl');
  const [attribute] = body.attributes;
  assert.ok(attribute);
  assert.doesNotThrow(() => evaluate(attribute.expression, scopeOf()));
});

test('Time grows with the size of the file, and no faster.', () => {
  // A parser that goes back over what it has read would take minutes for these, and the runner would give up.
  const count = 200_000;
  const long = [
    'a'.repeat(count),
    `a = "${'x'.repeat(count)}`,
    `a = "${'$'.repeat(count)}"`,
    `a = "${'\\n'.repeat(count)}"`,
    `a = <<EOT\n${' \n'.repeat(count)}`,
    `a = <<-EOT\n${'  x\n'.repeat(count)}EOT\n`,
    `a = [${'1, '.repeat(count)}]`,
    `a = "${'é${x}'.repeat(20_000)}"`,
    `a = "${'世👨‍👩‍👧${x}'.repeat(20_000)}"`,
    `a = "${'e\u0301'.repeat(50_000)}" 1`,
    '@'.repeat(count),
    '@ '.repeat(count),
    'a = [\n'.repeat(20_000),
    '}\n'.repeat(20_000),
    '/*'.repeat(count),
    '{'.repeat(count),
    'a = "\n'.repeat(20_000),
  ];
  for (const source of long) {
    assert.doesNotThrow(() => parseHcl(source, 'long.hcl'));
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandDynamic } from '../../../src/job/hcl/dynamic.ts';
import { evaluate, type Scope } from '../../../src/job/hcl/evaluate.ts';
import { parseHcl } from '../../../src/job/hcl/parse.ts';
import type { Body } from '../../../src/job/hcl/syntax.ts';
import { type Plain, scopeOf, toPlain } from './values.ts';

/** A body as plain lists, with all dynamic blocks replaced. */
function plainBody(body: Body, scope: Scope): Plain {
  const expanded = expandDynamic(body, scope);
  assert.deepEqual(expanded.diagnostics, []);
  return [
    ...expanded.body.attributes.map(({ name, expression }): Plain => {
      const { value, diagnostics } = evaluate(expression, scope);
      assert.deepEqual(diagnostics, []);
      return [name, toPlain(value)];
    }),
    ...expanded.body.blocks.map(
      (block): Plain => [
        [block.type, ...block.labels.map((label) => label.value)].join(' '),
        plainBody(block.body, scope),
      ],
    ),
  ];
}

test('Dynamic blocks become a block for each item, nested ones too.', () => {
  const source = `
group "first" {}
dynamic "group" {
  for_each = { b = 2, a = 1 }
  iterator = it
  labels   = ["g-\${it.key}"]
  content {
    count = it.value
    dynamic "port" {
      for_each = ["http", "rpc"]
      labels   = [port.value]
      content {
        static = it.value * 1000 + port.key
      }
    }
  }
}
group "last" {}
`;
  const { body, diagnostics } = parseHcl(source, 'job.hcl');
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(plainBody(body, scopeOf()), [
    ['group first', []],
    [
      'group g-a',
      [
        ['count', 1],
        ['port http', [['static', 1000]]],
        ['port rpc', [['static', 1001]]],
      ],
    ],
    [
      'group g-b',
      [
        ['count', 2],
        ['port http', [['static', 2000]]],
        ['port rpc', [['static', 2001]]],
      ],
    ],
    ['group last', []],
  ]);
});

test('A dynamic block that is wrong says what it needs.', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['dynamic "x" {\n content {}\n}', '1:1 a dynamic block needs for_each'],
    ['dynamic "x" {\n for_each = []\n}', '1:1 a dynamic block has one block content { … }'],
    ['dynamic {\n}', '1:1 a dynamic block has one label: the type of the blocks that it makes'],
    [
      'dynamic "x" {\n for_each = 1\n content {}\n}',
      '2:13 for_each goes through lists and objects, and this is the number 1',
    ],
    ['dynamic "x" {\n each = 1\n content {}\n}', '2:2 this does not belong into a dynamic block'],
    ['dynamic "x" {\n for_each = y\n content {}\n}', '2:13 there is no variable "y"'],
    [
      'dynamic "x" {\n for_each = [1]\n iterator = a.b\n content {}\n}',
      '3:13 the iterator must be a name',
    ],
    [
      'dynamic "x" {\n for_each = [1]\n labels = 1\n content {}\n}',
      '3:11 labels must be a list of texts',
    ],
  ];
  for (const [source, expected] of cases) {
    const { diagnostics } = expandDynamic(parseHcl(source, 'job.hcl').body, scopeOf());
    const told = diagnostics.map(
      ({ range, summary }) => `${range?.start.line}:${range?.start.column} ${summary}`,
    );
    assert.deepEqual(told, [expected], source);
  }
});

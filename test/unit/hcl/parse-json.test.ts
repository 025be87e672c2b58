import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyContent } from '../../../src/job/hcl/body-content.ts';
import { expandDynamic } from '../../../src/job/hcl/dynamic.ts';
import { evaluate } from '../../../src/job/hcl/evaluate.ts';
import { parseHclJson } from '../../../src/job/hcl/parse-json.ts';
import { scopeOf, toPlain } from './values.ts';

const shapes = [{ type: 'job', labels: 1 }, { type: 'group', labels: 1 }, { type: 'network' }];

function problems(source: string): string[] {
  const { body, diagnostics } = parseHclJson(source, 'job.json');
  return [...diagnostics, ...bodyContent(body, shapes).diagnostics].map(
    ({ range, summary }) => `${range?.start.line}:${range?.start.column} ${summary}`,
  );
}

test('Objects become blocks where a schema says so, with their keys as labels.', () => {
  const source = `{
  "//": "a comment",
  "name": "x-\${var.a}",
  "job": {"a": {"group": [{"g1": {"count": 2}}, {"g2": [{}, {"count": 3}]}]}},
  "network": [{"mode": "host"}, {"mode": "bridge"}]
}`;
  const file = parseHclJson(source, 'job.json');
  assert.deepEqual(file.diagnostics, []);
  const { body, diagnostics } = bodyContent(file.body, shapes);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    body.attributes.map(({ name }) => name),
    ['name'],
  );
  assert.deepEqual(
    body.blocks.map(({ type }) => type),
    ['job', 'network', 'network'],
  );
  const [name] = body.attributes;
  assert.ok(name);
  assert.equal(evaluate(name.expression, scopeOf({ var: { a: 1 } })).value, 'x-1');
  const [job] = body.blocks;
  assert.ok(job);
  assert.equal(job.labels[0]?.value, 'a');
  const groups = bodyContent(job.body, shapes).body.blocks;
  assert.deepEqual(
    groups.map((group) => group.labels[0]?.value),
    ['g1', 'g2', 'g2'],
  );
  assert.deepEqual(job.typeRange.start, { line: 4, column: 3, offset: 49 });
});

test('What is no JSON is told with its place.', () => {
  assert.deepEqual(problems('{"a": 1,}'), ['1:9 expected a name in double quotes, and read "}"']);
  assert.deepEqual(problems('{"a" 1}'), ['1:6 expected ":" behind the name, and read "1"']);
  assert.deepEqual(problems('{"a": tru}'), ['1:7 expected a value, and read "t"']);
  assert.deepEqual(problems('{"a": "x'), [
    '1:7 expected a text that JSON knows, on one line, and read "\\""',
  ]);
  assert.deepEqual(problems('{"a": [1 2]}'), ['1:10 expected "," or "]", and read "2"']);
  assert.deepEqual(problems('{} x'), ['1:4 expected the end of the file, and read "x"']);
  assert.deepEqual(problems('1'), ['1:1 the file must be an object: { … }']);
  assert.deepEqual(problems('{"job": 1}'), [
    '1:9 "job" must be an object whose keys are its labels, or a list of such',
  ]);
  assert.deepEqual(problems('{"a": 1, "a": 2}'), ['1:10 "a" is set twice']);
  assert.deepEqual(problems('{"a": "${x"}'), ['1:8 the "${" is not closed']);
  assert.deepEqual(problems('['.repeat(100_000)), [
    '1:201 nested more than 200 levels deep, and read "["',
  ]);
});

test('Whole numbers keep all of their digits.', () => {
  const { body } = parseHclJson('{"a": 9007199254740993, "b": -1.5e2}', 'job.json');
  const values = body.attributes.map(({ expression }) => evaluate(expression, scopeOf()).value);
  assert.deepEqual(values, [9007199254740993n, -150]);
});

test('Dynamic blocks of JSON are expanded like those of HCL.', () => {
  const source = `{"dynamic": {"group": {"for_each": ["x", "y"], "labels": ["g-\${group.value}"],
    "content": {"count": "\${group.key + 1}", "network": {"mode": "\${group.value}"}}}}}`;
  const content = bodyContent(parseHclJson(source, 'job.json').body, shapes);
  const { body, diagnostics } = expandDynamic(content.body, scopeOf());
  assert.deepEqual(diagnostics, []);
  const groups = body.blocks.map((block) => {
    const inner = bodyContent(block.body, shapes).body;
    const values = inner.attributes.map(({ expression }) => evaluate(expression, scopeOf()).value);
    const modes = inner.blocks.flatMap(({ body: network }) =>
      bodyContent(network, []).body.attributes.map(({ expression }) =>
        toPlain(evaluate(expression, scopeOf()).value),
      ),
    );
    return [block.labels[0]?.value, ...values, ...modes];
  });
  assert.deepEqual(groups, [
    ['g-x', 1, 'x'],
    ['g-y', 2, 'y'],
  ]);
});

test('Texts of any length are read.', () => {
  const long = 'x\\n'.repeat(1_000_000);
  assert.deepEqual(parseHclJson(`{"a": "${long}"}`, 'job.json').diagnostics, []);
});

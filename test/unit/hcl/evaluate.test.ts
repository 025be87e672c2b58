import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Plain, problemsOf, resultOf, scopeOf, templateResultOf } from './values.ts';

const scope = scopeOf({
  list: [
    { id: 1, tags: ['a'] },
    { id: 2, tags: [] },
  ],
  map: { b: 2, a: 1 },
  text: 'x',
  nothing: null,
  yes: true,
});

function check(cases: readonly (readonly [string, Plain])[]): void {
  for (const [text, expected] of cases) {
    assert.deepEqual(resultOf(text, scope), expected, text);
  }
}

test('Operators bind and group as they should.', () => {
  check([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['2 * 3 % 4', 2],
    ['-2 * -3', 6],
    ['1 < 2 && 2 < 3 || false', true],
    ['!true || true', true],
    ['1 + 1 == 2', true],
    ['"5" + 1', 6],
    ['yes ? 1 : 2', 1],
    ['yes ? false ? 1 : 2 : 3', 2],
    ['nothing != null && nothing.x', false],
  ]);
});

test('Numbers lose no digit.', () => {
  check([
    ['9007199254740993', 9007199254740993n],
    ['9007199254740993 + 1', 9007199254740994n],
    ['9007199254740993 - 2', 9007199254740991],
    ['123456789012345678901234567890 * 10', 1234567890123456789012345678900n],
    ['0.1 + 0.2', 0.3],
    ['0.1 * 3', 0.3],
    ['1.1 - 1', 0.1],
    ['0.3 / 0.1', 3],
    ['10 / 4', 2.5],
    ['1 / 3', 1 / 3],
    ['-7 % 3', -1],
    ['5.5 % 2', 1.5],
    ['1e3', 1000],
    ['1.5e1', 15],
    ['"${0.0000001}"', 0.0000001],
    ['"n ${0.0000001}"', 'n 0.0000001'],
    ['"n ${1e21}"', 'n 1000000000000000000000'],
    ['-0', 0],
  ]);
});

test('Equality compares types, too, and looks into lists and objects.', () => {
  check([
    ['1 == "1"', false],
    ['[1, {a = 2}] == [1, {a = 2}]', true],
    ['{a = 1} == {a = 1, b = 2}', false],
    ['null == nothing', true],
    ['9007199254740993 == 9007199254740992 + 1', true],
  ]);
});

test('Traversals, indexes and splats lead into values.', () => {
  check([
    ['list[0].id', 1],
    ['list.1.id', 2],
    ['list["0"].id', 1],
    ['map["a"]', 1],
    ['map[upper("a") == "A" ? "a" : "b"]', 1],
    ['list[*].id', [1, 2]],
    ['list.*.id', [1, 2]],
    ['list[*].tags[*]', [['a'], []]],
    ['list.*.id[1]', 2],
    ['nothing[*]', []],
    ['text[*]', ['x']],
    ['map[*].a', [1]],
    ['[null][*]', [null]],
    ['{a = 1}.a', 1],
    ['[for x in [1]: x][0]', 1],
  ]);
});

test('For expressions make lists and objects.', () => {
  check([
    ['[for x in [1, 2, 3]: x * 2 if x != 2]', [2, 6]],
    ['[for i, x in ["a", "b"]: "${i}${x}"]', ['0a', '1b']],
    ['[for k, v in map: "${k}=${v}"]', ['a=1', 'b=2']],
    ['{for k, v in map: v => k}', { 1: 'a', 2: 'b' }],
    ['{for x in ["a", "b", "aa"]: strlen(x) => x...}', { 1: ['a', 'b'], 2: ['aa'] }],
    ['[for x in [1, 2]: [for y in [x]: x + y]]', [[2], [4]]],
  ]);
});

test('Objects have words, texts and expressions as keys.', () => {
  check([
    [
      '{a = 1, "b c" = 2, (text) = 3, "${text}y" = 4, 5 = 6, true = 7}',
      { 5: 6, a: 1, 'b c': 2, x: 3, xy: 4, true: 7 },
    ],
    ['{a : 1}', { a: 1 }],
    ['{__proto__ = 1}["__proto__"]', 1],
  ]);
  assert.deepEqual(problemsOf('{a.b = 1}', scope), [
    '1:2 the key a.b could be a name or a variable',
  ]);
});

test('Templates join texts, and a lone interpolation keeps its type.', () => {
  const cases: readonly (readonly [string, Plain])[] = [
    ['a${text}b', 'axb'],
    ['${list[0].id}', 1],
    ['${1}${2}', '12'],
    ['$${text} %%{x}', '${text} %{x}'],
    ['%{ if yes }ja%{ else }nein%{ endif }!', 'ja!'],
    ['%{ if !yes }ja%{ endif }', ''],
    ['%{ for k, v in map }${k}${v},%{ endfor }', 'a1,b2,'],
    ['%{ for x in [1, 2] }%{ if x > 1 }${x}%{ endif }%{ endfor }', '2'],
    ['a  ${~ text ~}  b', 'axb'],
    ['a \n %{~ if yes ~} \n b%{ endif }', 'ab'],
    ['\\n "quoted"', '\\n "quoted"'],
    ['', ''],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(templateResultOf(text, scope), expected, text);
  }
});

test('Undefined variables stay as they are written where they are kept.', () => {
  const keep = scopeOf({ known: 'k' }, 'keep');
  assert.equal(resultOf('attr.kernel.name', keep), '${attr.kernel.name}');
  assert.equal(resultOf('"x ${node.unique["id"]} y"', keep), 'x ${node.unique["id"]} y');
  assert.equal(resultOf('"${~ NOMAD_PORT_http ~}"', keep), '${NOMAD_PORT_http}');
  assert.equal(resultOf('upper(env.x)', keep), '${ENV.X}');
  assert.deepEqual(resultOf('[known, meta . a]', keep), ['k', '${meta . a}']);
  assert.deepEqual(resultOf('[for known in [1]: known]', keep), [1]);
});

test('Problems name their place and what was read.', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [
      '[missing, other]',
      ['1:2 there is no variable "missing"', '1:11 there is no variable "other"'],
    ],
    ['map.c', ['1:4 there is no "c" in the object']],
    ['list[5]', ['1:5 there is no item 5']],
    ['list[-1]', ['1:6 the index -1 is less than 0']],
    ['list[0.5]', ['1:5 the index of a list must be a whole number, and is the number 0.5']],
    ['list.id', ['1:5 a list has no "id"']],
    ['text.id', ['1:5 the text "x" has no "id"']],
    ['1 + "a"', ['1:5 "+" needs a number here, and this is the text "a"']],
    ['1 / 0', ['1:5 division by zero']],
    ['!"a"', ['1:2 "!" needs true or false here, and this is the text "a"']],
    ['"x${list}"', ['1:5 a text cannot hold a list']],
    ['"x${null}"', ['1:5 a text cannot hold null']],
    ['1 ? 2 : 3', ['1:1 a condition must be true or false, and is the number 1']],
    [
      'yes ? [1] : "a"',
      [
        '1:1 both values of a condition must have the same type, and one is a list, the other the text "a"',
      ],
    ],
    ['[for x in 1: x]', ['1:11 "for" goes through lists and objects, and this is the number 1']],
    ['{for x in [1, 1]: x => x}', ['1:19 two items have the key "1"']],
    ['{for x in [1]: [] => x}', ['1:16 a key must be text, and is a list']],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(problemsOf(text, scope), expected, text);
  }
});

test('A number beside a text in a condition becomes text.', () => {
  check([
    ['yes ? 1 : "a"', '1'],
    ['yes ? null : "a"', null],
    ['yes ? "ok" : missing.x', 'ok'],
  ]);
});

test('Values that the engine has no room for are an error.', () => {
  const huge = scopeOf({ long: 'x'.repeat(2 ** 28) });
  const [problem] = problemsOf('"${long}${long}${long}"', huge);
  assert.match(problem ?? '', /^1:1 the value is too large: /);
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { functionsWithFiles, hclFunctions } from '../../../src/job/hcl/functions.ts';
import { type Plain, problemsOf, resultOf, scopeOf } from './values.ts';

/** Calls and what they give, by subject. */
const calls: Readonly<Record<string, readonly (readonly [string, Plain])[]>> = {
  numbers: [
    ['abs(-5)', 5],
    ['abs(-9007199254740993)', 9007199254740993n],
    ['ceil(1.2)', 2],
    ['floor(-1.2)', -2],
    ['int(-1.9)', -1],
    ['log(8, 2)', 3],
    ['max(1, 3, 2)', 3],
    ['min([4, 2, 3]...)', 2],
    ['parseint("ff", 16)', 255],
    ['parseint("-1011", 2)', -11],
    ['parseint("9007199254740993", 10)', 9007199254740993n],
    ['parseint("Z", 62)', 61],
    ['pow(2, 10)', 1024],
    ['pow(2, 64)', 18446744073709551616n],
    ['pow(4, 0.5)', 2],
    ['signum(-0.5)', -1],
    ['signum(0)', 0],
    ['sum([1, 2.5, "3"])', 6.5],
  ],
  texts: [
    ['chomp("a\\n\\n")', 'a'],
    ['indent(2, "a\\nb")', 'a\n  b'],
    ['join(", ", ["a", 1, true])', 'a, 1, true'],
    ['join("-", ["a"], ["b", "c"])', 'a-b-c'],
    ['lower("ÄB")', 'äb'],
    ['upper("äb")', 'ÄB'],
    ['title("hello wide world")', 'Hello Wide World'],
    ['replace("a.b.c", ".", "$&")', 'a$&b$&c'],
    ['split(",", "a,b,,c")', ['a', 'b', '', 'c']],
    ['strrev("añ👨‍👩‍👧")', '👨‍👩‍👧ña'],
    ['strlen("e\\u0301👨‍👩‍👧")', 2],
    ['substr("hello", 1, 3)', 'ell'],
    ['substr("hello", -3, -1)', 'llo'],
    ['trim("?!hi!?", "!?")', 'hi'],
    ['trimprefix("helloworld", "hello")', 'world'],
    ['trimsuffix("helloworld", "world")', 'hello'],
    ['trimspace("  \\n a b\\t ")', 'a b'],
    ['startswith("abc", "ab")', true],
    ['endswith("abc", "ab")', false],
  ],
  'regular expressions': [
    ['regex("[a-z]+", "53453453.345345aaabbbccc23454")', 'aaabbbccc'],
    ['regex("(\\\\d+)-(\\\\d+)", "2020-12")', ['2020', '12']],
    ['regex("(?P<a>x)(?P<b>y)?", "x")', { a: 'x', b: null }],
    ['regexall("[a-z]", "1a2b")', ['a', 'b']],
    ['regexall("[a-z]", "12")', []],
    ['regex_replace("-ab-axxb-", "a(x*)b", "$${1}W")', '-W-xxW-'],
    ['regex_replace("hello", "(?i)L", "1")', 'he11o'],
  ],
  formats: [
    ['format("%s is %d years", "Ann", 27)', 'Ann is 27 years'],
    [
      'format("%05.1f|%-5s|%5s|%x|%X|%o|%b", 3.14159, "a", "b", 255, 255, 8, 5)',
      '003.1|a    |    b|ff|FF|10|101',
    ],
    ['format("%v %v %v", [1, "a"], true, {b = null})', '[1,"a"] true {"b":null}'],
    ['format("%q %t %% %+d", "x\\"y", true, 5)', '"x\\"y" true % +5'],
    ['format("%[2]s %[1]s", "a", "b")', 'b a'],
    ['format("%e %g", 12345.678, 0.5)', '1.234568e+04 0.5'],
    ['format("%d", 12345678901234567890)', '12345678901234567890'],
    ['formatlist("%s-%d", ["a", "b"], [1, 2])', ['a-1', 'b-2']],
    ['formatlist("%s!", "a")', ['a!']],
  ],
  lists: [
    ['chunklist([1, 2, 3], 2)', [[1, 2], [3]]],
    ['coalesce("", null, "a", "b")', 'a'],
    ['coalescelist([], [1])', [1]],
    ['compact(["a", "", null, "b"])', ['a', 'b']],
    ['concat([1], [], [2, 3])', [1, 2, 3]],
    ['contains(["a", "b"], "b")', true],
    ['contains([1], "1")', false],
    ['distinct([1, 2, 1, [3], [3]])', [1, 2, [3]]],
    ['element(["a", "b"], 3)', 'b'],
    ['flatten([[1, [2]], [], 3])', [1, 2, 3]],
    ['hasindex([1], 0)', true],
    ['hasindex({a = 1}, "b")', false],
    ['index(["a", "b"], "b")', 1],
    ['length([1, 2])', 2],
    ['length({a = 1})', 1],
    ['range(3)', [0, 1, 2]],
    ['range(1, 4)', [1, 2, 3]],
    ['range(4, 0, -2)', [4, 2]],
    ['range(0, 1, 0.25)', [0, 0.25, 0.5, 0.75]],
    ['reverse([1, 2])', [2, 1]],
    ['slice(["a", "b", "c"], 1, 3)', ['b', 'c']],
    ['sort(["b", "a", "B"])', ['B', 'a', 'b']],
    ['setintersection(["a", "b"], ["b", "c"])', ['b']],
    ['setunion(["b", "a"], ["b", "c"])', ['a', 'b', 'c']],
    ['setsubtract(["a", "b"], ["b"])', ['a']],
    [
      'setproduct(["a", "b"], [1, 2])',
      [
        ['a', 1],
        ['a', 2],
        ['b', 1],
        ['b', 2],
      ],
    ],
    ['toset(["b", "a", "b"])', ['a', 'b']],
  ],
  objects: [
    ['keys({b = 1, a = 2})', ['a', 'b']],
    ['values({b = 1, a = 2})', [2, 1]],
    ['lookup({a = 1}, "a", 0)', 1],
    ['lookup({a = 1}, "b", 0)', 0],
    ['merge({a = 1, b = 1}, null, {b = 2})', { a: 1, b: 2 }],
    ['zipmap(["a", "b"], [1, 2])', { a: 1, b: 2 }],
    ['transpose({a = ["x", "y"], b = ["y"]})', { x: ['a'], y: ['a', 'b'] }],
  ],
  encodings: [
    ['base64encode("grüß")', 'Z3LDvMOf'],
    ['base64decode("Z3LDvMOf")', 'grüß'],
    [
      'csvdecode("a,b\\n1,\\"x,\\"\\"y\\"\\"\\"\\n\\n2,z\\n")',
      [
        { a: '1', b: 'x,"y"' },
        { a: '2', b: 'z' },
      ],
    ],
    [
      'jsonencode({b = [1, null, "<"], a = 9007199254740993})',
      '{"a":9007199254740993,"b":[1,null,"\\u003c"]}',
    ],
    [
      'jsondecode("{\\"a\\": [1.5, true, \\"$${x}\\", 9007199254740993]}")',
      { a: [1.5, true, '${x}', 9007199254740993n] },
    ],
    ['urlencode("a b&c/ü*")', 'a+b%26c%2F%C3%BC%2A'],
  ],
  times: [
    ['formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")', '02 Jan 2018 23:12 UTC'],
    [
      'formatdate("EEEE, D-MMMM-YY H\'o\'\'clock\' AA", "2018-01-02T23:12:01+02:00")',
      "Tuesday, 2-January-18 11o'clock PM",
    ],
    ['timeadd("2017-11-22T00:00:00Z", "1h30m")', '2017-11-22T01:30:00Z'],
    ['timeadd("2017-11-22T00:00:00+01:00", "-10s")', '2017-11-21T23:59:50+01:00'],
  ],
  digests: [
    ['md5("hello")', '5d41402abc4b2a76b9719d911017c592'],
    ['sha1("hello")', 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'],
    ['sha256("hello")', '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'],
    ['substr(sha512("hello"), 0, 16)', '9b71d224bd62f378'],
    ['uuidv5("dns", "www.terraform.io")', 'a5008fae-b28c-5ba5-96cd-82b4c53552d6'],
    ['strlen(uuidv4())', 36],
  ],
  networks: [
    ['cidrhost("10.12.127.0/20", 16)', '10.12.112.16'],
    ['cidrhost("10.0.0.0/8", -1)', '10.255.255.255'],
    ['cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)', 'fd00:fd12:3456:7890::22'],
    ['cidrnetmask("172.16.0.0/12")', '255.240.0.0'],
    ['cidrsubnet("172.16.0.0/12", 4, 2)', '172.18.0.0/16'],
    ['cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)', 'fd00:fd12:3456:7800:a200::/72'],
    [
      'cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)',
      ['10.1.0.0/20', '10.1.16.0/20', '10.1.32.0/24', '10.1.48.0/20'],
    ],
  ],
  conversions: [
    ['tostring(1.50)', '1.5'],
    ['tonumber("1e3")', 1000],
    ['tobool("true")', true],
    ['tostring(null)', null],
    ['convert(["1", 2], list(number))', [1, 2]],
    ['convert({a = 1}, map(string))', { a: '1' }],
    ['can(1 + "x")', false],
    ['can(1 + "2")', true],
    ['try(var.x, [1][5], "last")', 'last'],
  ],
  paths: [
    ['basename("/a/b.txt")', 'b.txt'],
    ['dirname("/a/b.txt")', '/a'],
  ],
};

for (const [subject, list] of Object.entries(calls)) {
  test(`Functions of ${subject} give what they should.`, () => {
    for (const [text, expected] of list) {
      assert.deepEqual(resultOf(text), expected, text);
    }
  });
}

test('The time is written in UTC.', () => {
  assert.match(String(resultOf('timestamp()')), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('A call that has no value says why, at the argument.', () => {
  const faults: readonly (readonly [string, string])[] = [
    ['upper([])', '1:7 upper: expected text, and read a list'],
    ['uper("a")', '1:1 there is no function "uper"'],
    ['upper()', '1:1 too few arguments for "upper"'],
    ['upper("a", "b")', '1:1 too many arguments for "upper"'],
    ['parseint("12x", 10)', '1:10 parseint: "12x" is no whole number to base 10'],
    ['element([], 0)', '1:9 element: the list is empty'],
    ['regex("(", "a")', '1:7 regex: Invalid regular expression: /(/gu: Unterminated group'],
    ['base64decode("!!!")', '1:14 base64decode: the text is no base64'],
    [
      'jsondecode("{")',
      '1:12 jsondecode: line 1, column 2: expected a name in double quotes, and read the end of the file',
    ],
    ['format("%d", "x")', '1:14 format: %d needs a number, and this is the text "x"'],
    ['format("%d")', '1:1 format: there is no value for "%d"'],
    ['cidrsubnet("10.0.0.0/30", 4, 1)', '1:27 cidrsubnet: there is room for at most 2 more bits'],
    [
      'timeadd("x", "1h")',
      '1:9 timeadd: expected a time such as 2006-01-02T15:04:05Z, and read "x"',
    ],
    [
      'bcrypt("x")',
      '1:1 bcrypt: not supported: make the hash beforehand, and pass it in a variable',
    ],
    ['yamldecode("x")', '1:1 yamldecode: not supported: use jsondecode'],
    [
      'file("/etc/hostname")',
      '1:1 file: files cannot be read here: expressions of this file may not read files',
    ],
    ['range(1, 5, -1)', '1:1 range: the step does not lead from the start to the limit'],
    ['range(100000000)', '1:1 range: the result would have more than 1000000 items'],
    ['pow(10, 100000)', '1:1 pow: the result is no number'],
    ['lookup({}, "a")', '1:12 lookup: there is no "a", and no default'],
    ['max([1]..., 2)', '1:8 expected ")" behind "..."'],
    ['convert("x", number)', '1:9 convert: expected a number, and read the text "x"'],
    [
      'convert("x", nothing)',
      '1:14 convert: a type is string, number, bool, any, list(…), set(…) or map(…)',
    ],
    ['try(a, b)', '1:1 try: none of the expressions has a value'],
    ['length("abc")', '1:8 length: expected a list or an object, and read text: use strlen'],
  ];
  for (const [text, expected] of faults) {
    assert.deepEqual(problemsOf(text), [expected], text);
  }
});

test('No function throws anything but a fault, whatever it is given.', () => {
  const values = [
    'null',
    'true',
    '-1',
    '1.5',
    '1e300',
    '""',
    '"a"',
    '"%d"',
    '[]',
    '[1, "a", null]',
    '{}',
    '{a = []}',
  ];
  for (const [name, { parameters, optional = [], rest, special }] of hclFunctions) {
    const most = parameters.length + optional.length + (rest === undefined ? 0 : 2);
    for (let count = 0; count <= most && special === undefined; count++) {
      for (let round = 0; round < values.length; round++) {
        const args = Array.from(
          { length: count },
          (_, at) => values[(round + at * 5) % values.length],
        );
        assert.doesNotThrow(() => problemsOf(`${name}(${args.join(', ')})`), name);
      }
    }
  }
});

test('Functions of files read them where that is allowed.', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hcl-functions-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'a.txt'), 'grüß\n');
  writeFileSync(join(directory, 'b.bin'), Buffer.from([0xff, 0xfe]));
  mkdirSync(join(directory, 'sub'));
  writeFileSync(join(directory, 'sub/c.txt'), '');
  const scope = { ...scopeOf(), functions: functionsWithFiles(directory) };
  assert.equal(resultOf('file("a.txt")', scope), 'grüß\n');
  assert.equal(resultOf('filebase64("b.bin")', scope), '//4=');
  assert.deepEqual(resultOf('[fileexists("a.txt"), fileexists("nothing")]', scope), [true, false]);
  assert.deepEqual(resultOf('fileset(".", "*.txt")', scope), ['a.txt']);
  assert.deepEqual(resultOf('fileset(".", "**/*.{txt,bin}")', scope), [
    'a.txt',
    'b.bin',
    'sub/c.txt',
  ]);
  assert.equal(resultOf('abspath("x/../y")', scope), join(directory, 'y'));
  assert.match(problemsOf('file("nothing")', scope)[0] ?? '', /^1:6 file: ENOENT/);
  assert.deepEqual(problemsOf('file("b.bin")', scope), [
    '1:6 file: the file is no text in UTF-8: use filebase64',
  ]);
});

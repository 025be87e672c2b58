import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate } from '../../../src/job/hcl/evaluate.ts';
import { parseHcl } from '../../../src/job/hcl/parse.ts';
import { parseHclJson } from '../../../src/job/hcl/parse-json.ts';
import type { Body } from '../../../src/job/hcl/syntax.ts';
import { parseTemplate } from '../../../src/job/hcl/template.ts';
import { randomNumbers } from './mutate.ts';
import { scopeOf } from './values.ts';
import '../../helpers/property-seed.ts';

const words = [
  'a',
  'for',
  'in',
  'if',
  'else',
  'endif',
  'endfor',
  'true',
  'null',
  '1',
  '0.5',
  '1e9999',
  '=',
  '=>',
  '==',
  '&&',
  '||',
  '!',
  '?',
  ':',
  '::',
  ',',
  '.',
  '...',
  '*',
  '-',
  '+',
  '/',
  '%',
  '<',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '"',
  '${',
  '%{',
  '$${',
  '~}',
  '}',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '\t',
  '#',
  '//',
  '/*',
  '*/',
  '<<E\n',
  '<<-E\n',
  'E\n',
  '\\',
  '\\u00',
  'é',
  '👨‍👩‍👧',
  '\ud800',
  '\u0000',
  '\u2028',
  'upper',
  'format',
  "'",
  '@',
  'x[*]',
  'x.*',
  'x.0.1',
];

const soup = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), { maxLength: 60 })
  .map((parts) => parts.join(''));

function evaluateAll(body: Body): void {
  for (const { expression } of body.attributes) {
    evaluate(expression, scopeOf({ a: [1] }, 'keep'));
    evaluate(expression, scopeOf({ a: { b: 'c' } }));
  }
  for (const block of body.blocks) {
    evaluateAll(block.body);
  }
}

test('Nothing that can stand in a file makes the parser or the evaluator throw.', () => {
  fc.assert(
    fc.property(soup, (text) => {
      for (const source of [
        text,
        `a = ${text}`,
        `a = "${text}"\nb {\n${text}\n}`,
        `a = <<-E\n${text}\nE\n`,
      ]) {
        const { body, diagnostics } = parseHcl(source, 'fuzz.hcl');
        evaluateAll(body);
        for (const { range } of diagnostics) {
          assert.ok(range !== undefined && range.start.line >= 1 && range.start.column >= 1);
          assert.ok(range.start.offset <= range.end.offset && range.end.offset <= source.length);
        }
      }
    }),
    { numRuns: 1500 },
  );
});

test('Nothing that can stand in a template makes the parser or the evaluator throw.', () => {
  fc.assert(
    fc.property(soup, (text) => {
      evaluate(parseTemplate(text, 'fuzz').expression, scopeOf({ a: 1 }));
    }),
    { numRuns: 1500 },
  );
});

test('JSON has the values that the engine gives it, and everything else is refused.', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, seed) => {
      const source = `{"a": ${json}}`;
      const { diagnostics } = parseHclJson(source, 'fuzz.json');
      // What a template in a text means is the matter of other tests.
      const hasTemplate = (text: string): boolean => /[$%]\{/.test(text);
      assert.ok(hasTemplate(source) || diagnostics.length === 0, source);
      const random = randomNumbers(seed);
      const at = Math.floor(random() * source.length);
      const broken = source.slice(0, at) + source.slice(at + 1);
      if (isJsonObject(broken) && hasTemplate(broken)) return;
      assert.equal(
        parseHclJson(broken, 'fuzz.json').diagnostics.length > 0,
        !isJsonObject(broken),
        broken,
      );
    }),
    { numRuns: 500 },
  );
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch (error) {
    assert.ok(error instanceof SyntaxError);
    return false;
  }
}

test('A text that is written as HCL means what it says.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const written = JSON.stringify(text)
        .replace(/\\[bf]/g, (control) => (control === '\\b' ? '\\u0008' : '\\u000c'))
        .replace(/[$%]\{/g, (open) => open.charAt(0) + open);
      const { body, diagnostics } = parseHcl(`a = ${written}`, 'fuzz.hcl');
      const [attribute] = body.attributes;
      assert.deepEqual(diagnostics, []);
      assert.ok(attribute?.expression.kind === 'literal');
      assert.equal(attribute.expression.value, text.normalize('NFC'));
    }),
    { numRuns: 500 },
  );
});

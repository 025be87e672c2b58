// Filter expressions of lists: what they match, and what is told of those that cannot be read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import '../helpers/property-seed.ts';
import { FilterError } from '../../src/agent/filter/filter-tokens.ts';
import { matchesFilter } from '../../src/agent/filter/match-filter.ts';
import { parseFilter } from '../../src/agent/filter/parse-filter.ts';

const job = {
  ID: 'web/front',
  Name: 'front "end"',
  Priority: 50,
  Stop: false,
  Datacenters: ['dc1', 'dc2'],
  Meta: { team: 'blue', 'a.b': 'x', empty: '' },
  Periodic: null,
  Children: { Pending: 0, Share: 1.5 },
};

const cases: readonly [string, boolean][] = [
  ['ID == "web/front"', true],
  ['ID == web/front', true],
  ['ID != "web/front"', false],
  ['Name == `front "end"`', true],
  [String.raw`Name == "front \"end\""`, true],
  ['Priority == 50', true],
  ['Priority == "50"', true],
  ['Priority != 51', true],
  ['Children.Share == 1.5', true],
  ['Children.Pending == -1', false],
  ['Stop == false', true],
  ['Stop == true', false],
  ['Meta.team == blue', true],
  ['Meta["team"] == "blue"', true],
  ['Meta["a.b"] == "x"', true],
  ['Meta.none == ""', false],
  ['Meta.none != "x"', true],
  ['Meta.none is empty', true],
  ['Meta.none is not empty', false],
  ['Meta.empty is empty', true],
  ['Meta contains "team"', true],
  ['"team" in Meta', true],
  ['team not in Meta', false],
  ['none not in Meta', true],
  ['Datacenters contains "dc2"', true],
  ['"dc3" in Datacenters', false],
  ['dc2 in Datacenters', true],
  ['Datacenters is empty', false],
  ['Datacenters matches "^dc[2-9]$"', true],
  ['ID contains "b/f"', true],
  ['ID not contains "b/f"', false],
  ['ID matches "^web/.*t$"', true],
  ['ID not matches "^WEB"', true],
  ['ID matches "(?i)^WEB"', true],
  ['Periodic is empty', true],
  ['Periodic.Spec == "x"', false],
  ['ID == "x" or Stop == false and Priority == 50', true],
  ['(ID == "x" or Stop == false) and Priority == 51', false],
  ['not ID == "x" and not (Stop == true)', true],
  ['not not Stop == false', true],
  ['Meta.team=="blue"and(Priority==50)', true],
];

for (const [source, isMatch] of cases) {
  test(`${source} is ${isMatch}`, () => {
    assert.equal(matchesFilter(parseFilter(source), job), isMatch);
  });
}

test('an expression that other engines never end with is answered at once', () => {
  const filter = parseFilter('ID matches "^(a+)+$"');
  assert.equal(matchesFilter(filter, { ID: `${'a'.repeat(10_000)}b` }), false);
});

const wrong: readonly [string, number, RegExp][] = [
  ['', 0, /it ends here, and the name of a field is wanted/],
  ['ID', 2, /it ends here, and "==".* is wanted/],
  ['ID ==', 5, /a value is wanted/],
  ['ID = "x"', 3, /"=" begins nothing/],
  ['ID == "x', 6, /has no " at its end/],
  ['ID == `x', 6, /has no ` at its end/],
  [String.raw`ID == "\q"`, 6, /begins no character/],
  ['(ID == "x"', 10, /"\)" is wanted/],
  ['ID == "x")', 9, /"and", "or" or the end is wanted/],
  ['ID == "x" && Stop == true', 10, /"&" begins nothing/],
  ['ID is full', 6, /"full" stands here, and "empty" is wanted/],
  ['"x" == ID', 4, /"in" or "not in" is wanted/],
  ['Meta["x" == "y"', 9, /"\]" is wanted/],
  ['ID matches "["', 11, /no regular expression/],
  ['Nme == "x"', 0, /no field "Nme", but ID, Name/],
  ['ID == "x" or Foo.Bar is empty', 13, /no field "Foo"/],
  [`${'('.repeat(200)}ID == "x"${')'.repeat(200)}`, 101, /more than 100 levels/],
  [`ID == "${'x'.repeat(10_000)}"`, 10_000, /longer than 10000/],
];

for (const [source, at, message] of wrong) {
  test(`${JSON.stringify(source.slice(0, 40))} is refused at its character ${at + 1}`, () => {
    assert.throws(
      () => matchesFilter(parseFilter(source), job),
      (error) => error instanceof FilterError && error.at === at && message.test(error.message),
    );
  });
}

const words = [
  ...['ID', 'Meta', '.', '[', ']', '(', ')', '==', '!=', 'and', 'or', 'not', 'in', 'is', 'empty'],
  ...['contains', 'matches', '"x"', '`y`', '"', '50', '1.5', ' ', '=', '\\', 'é'],
];

test('any text is a filter or is refused with a place in it', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((list) => list.join(' ')),
  );
  fc.assert(
    fc.property(anything, (source) => {
      try {
        assert.equal(typeof matchesFilter(parseFilter(source), job), 'boolean');
      } catch (error) {
        assert.ok(error instanceof FilterError, String(error));
        assert.ok(error.at >= 0 && error.at <= source.length);
        assert.notEqual(error.message, '');
      }
    }),
    { numRuns: 2000 },
  );
});

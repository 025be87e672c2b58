import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parseHcl } from '../../../src/job/hcl/parse.ts';
import { repoRoot } from '../../helpers/repo-root.ts';
import { mutate, randomNumbers } from './mutate.ts';
import { askOracle, type Verdict } from './oracle.ts';
import { renderBody } from './render-as-oracle.ts';
import { syntaxSamples } from './syntax-samples.ts';

/** RAW_EXEC_HCL_SEED=7 RAW_EXEC_HCL_MUTANTS=5000 tries others. */
const seed = Number(process.env['RAW_EXEC_HCL_SEED'] ?? 20260101);
const mutantsPerFile = Number(process.env['RAW_EXEC_HCL_MUTANTS'] ?? 400);

const directory = join(repoRoot, 'test/fixtures/hcl');
const fixtures = readdirSync(directory)
  .filter((name) => name.endsWith('.nomad.hcl'))
  .sort()
  .map((name) => ({ name, source: readFileSync(join(directory, name), 'utf8') }));

/** Where the oracle is known to be worse about the line of an error. */
const betterLines: readonly {
  readonly oracle: string;
  readonly ours: RegExp;
  readonly reason: string;
}[] = [
  {
    oracle: 'Missing close bracket on ',
    ours: /^expected "\]" behind the index/,
    reason:
      'it skips tokens first, and reports the place behind them instead of where "]" was expected',
  },
  {
    oracle: 'found the end of the file',
    ours: /^the (list|object|call) is not closed$/,
    reason: 'it names the open bracket behind an item, but the end of the file before one',
  },
];

/** The oracle has room for 1e5500, and renders it as null; here numbers have at most 4096 digits. */
const tooLarge = 'the number is too large';

/** What the two do not agree on; undefined when they agree. */
function disagreement(source: string, oracle: Verdict): string | undefined {
  const { body, diagnostics } = parseHcl(source, 'x.hcl');
  const [first] = diagnostics;
  if (oracle.is === 'refused') {
    if (first === undefined) {
      return `accepted, and the oracle refuses it: ${oracle.message}`;
    }
    const line = Math.min(...oracle.lines);
    const isKnown = betterLines.some(
      (known) => oracle.message.includes(known.oracle) && known.ours.test(first.summary),
    );
    return first.range?.start.line === line || isKnown
      ? undefined
      : `line ${first.range?.start.line} (${first.summary}), and the oracle: ${oracle.message}`;
  }
  if (first !== undefined && first.summary !== tooLarge) {
    return `refused in line ${first.range?.start.line} (${first.summary}), and the oracle accepts it`;
  }
  if (oracle.is === 'not rendered' || first !== undefined) {
    return undefined;
  }
  const rendered = renderBody(body, source);
  return isDeepStrictEqual(rendered, oracle.json)
    ? undefined
    : `rendered ${JSON.stringify(rendered)}\nthe oracle ${JSON.stringify(oracle.json)}`;
}

async function check(source: string): Promise<string[]> {
  const problem = disagreement(source, await askOracle(source));
  return problem === undefined ? [] : [`${problem}\nof\n${source}`];
}

test('Job files mean to this parser what they mean to the oracle.', async () => {
  assert.ok(fixtures.length >= 5);
  for (const { name, source } of fixtures) {
    assert.deepEqual(await check(source), [], name);
    assert.deepEqual(parseHcl(source, name).diagnostics, [], name);
  }
});

test('Every corner of the syntax means what it means to the oracle.', async () => {
  for (const sample of syntaxSamples) {
    assert.deepEqual(await check(sample), []);
  }
});

test('Job files with one slip are accepted or refused, rendered and located as by the oracle.', async (t) => {
  const random = randomNumbers(seed);
  const problems: string[] = [];
  let count = 0;
  for (let round = 0; round < mutantsPerFile; round++) {
    for (const { source } of fixtures) {
      count++;
      problems.push(...(await check(mutate(source, random))));
    }
  }
  t.diagnostic(`${count} mutants, seed ${seed} (RAW_EXEC_HCL_SEED gives another)`);
  assert.deepEqual(problems.slice(0, 3), [], `${problems.length} of ${count} disagree`);
});

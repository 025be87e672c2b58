/** From a job file in HCL, in either syntax, to the block of its job. Pure. */

import { nearestName } from '../nearest-name.ts';
import { jobSchema } from './fields/job-fields.ts';
import type { Scope } from './hcl/evaluate.ts';
import type { Block, Body, Range } from './hcl/syntax.ts';
import { contentOfBody } from './hcl-body.ts';
import { fromJobValue } from './hcl-value.ts';
import { localValues, readLocals } from './locals.ts';
import type { Problems } from './problems.ts';
import type { RawBlock } from './raw-block.ts';
import { type HclContext, readHclBlock } from './read-hcl-block.ts';
import { checkValidations } from './validations.ts';
import { resolveVariables } from './variable-values.ts';
import { readVariables } from './variables.ts';

/** What is at hand beside the file itself. */
export interface HclJobInput {
  readonly body: Body;
  readonly source: string;
  readonly functions: Scope['functions'];
  readonly vars: readonly string[];
  readonly varFiles: readonly Body[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const topBlocks = ['job', 'variable', 'variables', 'locals'];

/** Reads the job; undefined when the file has none. */
export function loadHclJob(input: HclJobInput, problems: Problems): RawBlock | undefined {
  const { functions } = input;
  // Declarations may call functions, and that is all: a variable that stands for another would be a riddle.
  const bare: Scope = { functions, variables: new Map(), undefinedRoot: 'error' };
  const outside: HclContext = { scope: bare, problems };
  const { attributes, blocks } = contentOfBody(input.body, topShapes, outside);
  for (const attribute of attributes) {
    unknownTop('argument', attribute.name, attribute.nameRange, problems);
  }
  for (const block of blocks) {
    if (!topBlocks.includes(block.type)) {
      unknownTop('block', block.type, block.typeRange, problems);
    }
  }
  const variables = readVariables(blocks, input.source, outside);
  const values = resolveVariables(variables, input, outside);
  const roots = new Map([['var', fromJobValue(Object.fromEntries(values))]]);
  checkValidations(variables, { scope: { ...bare, variables: roots }, problems });
  const scope: Scope = { functions, variables: roots, undefinedRoot: 'keep' };
  const locals = localValues(readLocals(blocks, outside), scope, problems);
  const inside: Scope = { ...scope, variables: new Map([...roots, ['local', locals]]) };
  return readJob(blocks, { scope: inside, problems }, input.body.range);
}

const topShapes = topBlocks.map((type) => ({
  type,
  labels: type === 'job' || type === 'variable' ? 1 : 0,
}));

function readJob(blocks: readonly Block[], context: HclContext, file: Range): RawBlock | undefined {
  const [job, second] = blocks.filter((block) => block.type === 'job');
  if (job === undefined) {
    context.problems.error('the file has no job block: write job "name" { … }', startOf(file));
    return undefined;
  }
  if (second !== undefined) {
    context.problems.error('a file has one job, and this is a second one', second.typeRange);
  }
  const extra = job.labels[1];
  if (extra !== undefined) {
    context.problems.error('"job" takes one label, and has more', extra.range);
  }
  const { type, labels, typeRange: range } = job;
  return readHclBlock(job.body, jobSchema, { type, labels, range }, context);
}

function unknownTop(kind: string, name: string, range: Range, problems: Problems): void {
  const near = nearestName(name, topBlocks);
  problems.error(
    `unknown ${kind} ${JSON.stringify(name)} at the top of a job file`,
    range,
    near === undefined ? `Allowed here: ${topBlocks.join(', ')}` : `Did you mean "${near}"?`,
  );
}

function startOf(range: Range): Range {
  return { ...range, end: range.start };
}

/** `variable` and `variables` blocks: what a job file asks for from outside. Pure. */
import { nearestName } from '../nearest-name.ts';
import { convertToType, typeOfValue } from './convert-to-type.ts';
import type { Attribute, Block, Expression, Range } from './hcl/syntax.ts';
import { contentOfBody } from './hcl-body.ts';
import { evaluateLocated, sourceText } from './hcl-value.ts';
import type { JobValue } from './job-model.ts';
import { pointer } from './raw-block.ts';
import type { HclContext } from './read-hcl-block.ts';
import { parseVariableType, type VariableType } from './variable-type.ts';

/** A variable that a job file declares. */
export interface Variable {
  readonly name: string;
  readonly range: Range;
  readonly type: VariableType;
  /** Absent means that a value must be given. */
  readonly defaultValue?: JobValue;
  readonly validations: readonly Validation[];
}

/** A rule for the value of a variable. */
export interface Validation {
  readonly condition: Expression;
  readonly errorMessage: Expression | undefined;
  readonly range: Range;
}

/** Reads all declarations at the top of a file. */
export function readVariables(
  blocks: readonly Block[],
  source: string,
  context: HclContext,
): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const block of blocks) {
    const found = block.type === 'variable' ? readVariable(block, source, context) : undefined;
    const all = block.type === 'variables' ? readShortVariables(block, context) : [];
    for (const variable of found === undefined ? all : [found]) {
      if (variables.has(variable.name)) {
        context.problems.error(
          `variable ${JSON.stringify(variable.name)} is declared twice`,
          variable.range,
        );
      } else {
        variables.set(variable.name, variable);
      }
    }
  }
  return variables;
}

const variableArguments = ['type', 'default', 'description'];

function readVariable(block: Block, source: string, context: HclContext): Variable | undefined {
  const [label] = block.labels;
  if (label === undefined || block.labels.length > 1) {
    const problem = 'a variable needs one label, its name: write variable "name" { … }';
    context.problems.error(problem, block.typeRange);
    return undefined;
  }
  const { attributes, blocks } = contentOfBody(block.body, variableShapes, context);
  for (const attribute of attributes) {
    if (!variableArguments.includes(attribute.name)) {
      unknown('argument', attribute.name, attribute.nameRange, variableArguments, context);
    }
  }
  for (const inner of blocks) {
    if (inner.type !== 'validation') {
      unknown('block', inner.type, inner.typeRange, ['validation'], context);
    }
  }
  const declared = readType(attributes, source, context);
  const validations = blocks.flatMap((inner) =>
    inner.type === 'validation' ? readValidation(inner, context) : [],
  );
  const base = { name: label.value, range: label.range, validations };
  return withDefault(base, declared, attributeOf(attributes, 'default'), context);
}

/** Blocks are told from arguments by it in the JSON syntax. */
const variableShapes = [{ type: 'validation' }];

function readType(
  attributes: readonly Attribute[],
  source: string,
  context: HclContext,
): VariableType | undefined {
  const attribute = attributeOf(attributes, 'type');
  if (attribute === undefined) {
    return undefined;
  }
  // In the JSON syntax the type stands in quotes.
  const text = sourceText(attribute.expression, source).replace(/^"(.*)"$/s, '$1');
  const parsed = parseVariableType(text);
  if (!parsed.ok) {
    context.problems.error(`the type of a variable ${parsed.problem}`, attribute.expression.range);
    return { kind: 'any' };
  }
  return parsed.type;
}

function readValidation(block: Block, context: HclContext): Validation[] {
  const { attributes } = contentOfBody(block.body, [], context);
  const names = ['condition', 'error_message'];
  for (const attribute of attributes) {
    if (!names.includes(attribute.name)) {
      unknown('argument', attribute.name, attribute.nameRange, names, context);
    }
  }
  const condition = attributeOf(attributes, 'condition');
  if (condition === undefined) {
    context.problems.error('a validation needs a condition', block.typeRange);
    return [];
  }
  const errorMessage = attributeOf(attributes, 'error_message')?.expression;
  const { expression } = condition;
  return [{ condition: expression, errorMessage, range: expression.range }];
}

/** `variables { name = default }`: the type is that of the default. */
function readShortVariables(block: Block, context: HclContext): Variable[] {
  const { attributes } = contentOfBody(block.body, [], context);
  return attributes.map((attribute) =>
    withDefault(
      { name: attribute.name, range: attribute.nameRange, validations: [] },
      undefined,
      attribute,
      context,
    ),
  );
}

function withDefault(
  base: Pick<Variable, 'name' | 'range' | 'validations'>,
  declared: VariableType | undefined,
  attribute: Attribute | undefined,
  context: HclContext,
): Variable {
  const located =
    attribute === undefined
      ? undefined
      : evaluateLocated(attribute.expression, context.scope, context.problems);
  if (located === undefined) {
    const type = declared ?? { kind: 'any' };
    // A default that is broken has been told of; to ask for a value as well would only confuse.
    return attribute === undefined ? { ...base, type } : { ...base, type, defaultValue: null };
  }
  const type = declared ?? typeOfValue(located.value);
  const converted = convertToType(located.value, type);
  if (converted.ok) {
    return { ...base, type, defaultValue: converted.value };
  }
  const name = ['default', ...converted.path].join('.');
  const at = located.ranges.get(pointer(converted.path)) ?? located.range;
  context.problems.error(`"${name}" ${converted.problem}`, at);
  return { ...base, type, defaultValue: null };
}

function attributeOf(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return attributes.find((attribute) => attribute.name === name);
}

function unknown(
  kind: string,
  written: string,
  range: Range,
  names: readonly string[],
  context: HclContext,
): void {
  const near = nearestName(written, names);
  context.problems.error(
    `unknown ${kind} ${JSON.stringify(written)} in a variable`,
    range,
    near === undefined ? `Allowed here: ${names.join(', ')}` : `Did you mean "${near}"?`,
  );
}

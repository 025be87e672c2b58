/** `validation` blocks of variables: rules that the file itself makes for what it is given. Pure. */
import { evaluateLocated } from './hcl-value.ts';
import type { HclContext } from './read-hcl-block.ts';
import type { Validation, Variable } from './variables.ts';

/** Checks every variable by its rules. */
export function checkValidations(
  variables: ReadonlyMap<string, Variable>,
  context: HclContext,
): void {
  for (const variable of variables.values()) {
    for (const validation of variable.validations) {
      checkValidation(variable, validation, context);
    }
  }
}

function checkValidation(variable: Variable, validation: Validation, context: HclContext): void {
  const { problems, scope } = context;
  const held = evaluateLocated(validation.condition, scope, problems);
  if (held === undefined || held.value === true || held.value === 'true') {
    return;
  }
  if (held.value !== false && held.value !== 'false') {
    problems.error('the condition of a validation must be true or false', validation.range);
    return;
  }
  const message =
    validation.errorMessage === undefined
      ? undefined
      : evaluateLocated(validation.errorMessage, scope, problems)?.value;
  const reason = typeof message === 'string' && message !== '' ? message : 'its validation failed';
  problems.error(
    `variable ${JSON.stringify(variable.name)} has a value that is not allowed: ${reason}`,
    validation.range,
  );
}

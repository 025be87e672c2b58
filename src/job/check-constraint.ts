// Pure: whether a constraint holds on this host, which is the only one that there is.

import type { Constraint } from './job-model.ts';
import { parseVersion } from './version.ts';
import { isInRange, parseVersionRange } from './version-range.ts';

/** Values by name: `attr.kernel.name`, `node.class`. */
export type HostFacts = Readonly<Record<string, string>>;

/**
 * Why it does not hold, in words behind the constraint itself; undefined when it does.
 *
 * @param count how many allocations this host would have of the group
 */
export function whyUnmet(
  constraint: Constraint,
  facts: HostFacts,
  count: number,
): string | undefined {
  const { operator, attribute, value } = constraint;
  if (operator === 'distinct_hosts') {
    return count > 1 && value !== 'false'
      ? `there is one host, and the group has a count of ${count}`
      : undefined;
  }
  const left = factOf(attribute, facts);
  if (operator === 'distinct_property') return whyNotDistinct(attribute, left, value, count);
  if (operator === 'is_set') return left === undefined ? noValue(attribute) : undefined;
  if (operator === 'is_not_set') return left === undefined ? undefined : hasValue(left);
  const right = factOf(value, facts);
  if (operator === '!=' || operator === 'not') {
    return left === right && left !== undefined ? hasValue(left) : undefined;
  }
  if (left === undefined) return noValue(attribute);
  if (right === undefined) return noValue(value);
  const holds = comparisons[operator];
  if (holds === undefined) return `${operator} is no operator that is known here`;
  const answer = holds(left, right);
  if (typeof answer === 'string') return answer;
  return answer ? undefined : hasValue(left);
}

/** Text of a constraint for messages: `${attr.cpu.arch} = "arm64"`. */
export function describeConstraint({ attribute, operator, value }: Constraint): string {
  if (operator === 'distinct_hosts') return operator;
  const right = value === '' ? '' : ` ${JSON.stringify(value)}`;
  return operator === 'distinct_property'
    ? `${operator} ${attribute}${right}`
    : `${attribute} ${operator}${right}`;
}

const whole = /^\$\{(?<name>[^}]+)\}$/;

/** A name in `${}` is looked up; everything else is what it says. */
function factOf(text: string, facts: HostFacts): string | undefined {
  const name = whole.exec(text)?.groups?.['name'];
  if (name === undefined) return text;
  return Object.hasOwn(facts, name) ? facts[name] : undefined;
}

const hasValue = (value: string): string => `here it is ${JSON.stringify(value)}`;
const noValue = (text: string): string => `this host has no ${text}`;

/** `N`: so many allocations may have the same value; all of this host have. */
function whyNotDistinct(
  attribute: string,
  found: string | undefined,
  value: string,
  count: number,
): string | undefined {
  if (found === undefined) return noValue(attribute);
  const allowed = value === '' ? 1 : Number(value);
  if (!Number.isInteger(allowed) || allowed < 1) {
    return `${JSON.stringify(value)} is no number of allocations`;
  }
  return count > allowed
    ? `all ${count} allocations of the group would have ${JSON.stringify(found)}`
    : undefined;
}

type Comparison = (left: string, right: string) => boolean | string;

const equal: Comparison = (left, right) => left === right;

/** As numbers where both are, else as texts. */
function ordered(holds: (order: number) => boolean): Comparison {
  return (left, right) => {
    const [a, b] = [numberOf(left), numberOf(right)];
    if (a !== undefined && b !== undefined) return holds(a - b);
    return holds(left < right ? -1 : left > right ? 1 : 0);
  };
}

function numberOf(text: string): number | undefined {
  const number = Number(text);
  return text.trim() === '' || !Number.isFinite(number) ? undefined : number;
}

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

const containsAll: Comparison = (left, right) => {
  const have = new Set(words(left));
  return words(right).every((word) => have.has(word));
};

const containsAny: Comparison = (left, right) => {
  const have = new Set(words(left));
  return words(right).some((word) => have.has(word));
};

/** Flags of Go's expressions that stand at their beginning, `(?i)`. */
const goFlags = /^\(\?(?<flags>[ims]+)\)/;

const matches: Comparison = (left, right) => {
  const flags = goFlags.exec(right)?.groups?.['flags'] ?? '';
  try {
    return new RegExp(right.replace(goFlags, ''), flags).test(left);
  } catch (error) {
    return `it is no regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
};

function inRange(kind: 'version' | 'semver'): Comparison {
  return (left, right) => {
    const range = parseVersionRange(right);
    if (range === undefined) return `${JSON.stringify(right)} is no range of versions`;
    const version = parseVersion(left);
    if (version === undefined) return `here it is ${JSON.stringify(left)}, which is no version`;
    return isInRange(version, range, kind);
  };
}

/** Each is given two values that are there. */
const comparisons: Readonly<Record<string, Comparison>> = {
  '=': equal,
  '==': equal,
  is: equal,
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  regexp: matches,
  set_contains: containsAll,
  set_contains_all: containsAll,
  set_contains_any: containsAny,
  version: inRange('version'),
  semver: inRange('semver'),
};

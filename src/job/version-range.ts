// Pure: what the operators `version` and `semver` of a constraint ask for: `>= 1.2, < 2`, `~> 1.2.3`.

import { compareParts, compareVersions, parseVersion, type Version } from './version.ts';

type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~>';

interface Bound {
  readonly operator: Operator;
  readonly version: Version;
}

export type VersionRange = readonly Bound[];

/** Undefined for what is no range. */
export function parseVersionRange(text: string): VersionRange | undefined {
  const bounds = text.split(',').map((part) => {
    const [, operator = '', version = ''] =
      /^(=|!=|>=|<=|~>|>|<)?\s*(\S+)$/.exec(part.trim()) ?? [];
    const parsed = parseVersion(version);
    return parsed && { operator: (operator || '=') as Operator, version: parsed };
  });
  const good = bounds.filter((bound) => bound !== undefined);
  return good.length === bounds.length ? good : undefined;
}

/**
 * Whether a version is in all bounds.
 *
 * @param kind `version`: a pre-release is only in bounds that name one of the same parts, and a kernel such as 5.10.0-28-amd64 is a
 * pre-release then. `semver`: it is what stands just before its release.
 */
export function isInRange(
  version: Version,
  range: VersionRange,
  kind: 'version' | 'semver',
): boolean {
  return range.every((bound) => isWithin(version, bound, kind));
}

function isWithin(
  version: Version,
  { operator, version: bound }: Bound,
  kind: 'version' | 'semver',
): boolean {
  const order = compareVersions(version, bound);
  if (operator === '=') return order === 0;
  if (operator === '!=') return order !== 0;
  if (kind === 'version' && !isComparable(version, bound)) return false;
  switch (operator) {
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '~>':
      return order >= 0 && sharesAllButLast(version, bound);
  }
}

function isComparable(version: Version, bound: Version): boolean {
  if (version.preRelease.length === 0) return true;
  return bound.preRelease.length > 0 && compareParts(version, bound) === 0;
}

/** The last part that was written may rise. */
function sharesAllButLast(version: Version, bound: Version): boolean {
  const fixed = bound.parts.slice(0, bound.written - 1);
  return fixed.every((part, at) => version.parts[at] === part);
}

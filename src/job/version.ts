// Pure: versions as constraints compare them: of any number of parts, with or without a name of a pre-release.

export interface Version {
  /** At least three. */
  readonly parts: readonly number[];
  /** How many were written. */
  readonly written: number;
  /** Identifiers behind the hyphen; empty for a release. */
  readonly preRelease: readonly string[];
}

const form =
  /^v?(?<parts>\d+(?:\.\d+)*)(?:-?(?<preRelease>[0-9A-Za-z~][0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*))?(?:\+[0-9A-Za-z.~-]+)?$/;

/** `v1.2`, `5.10.0-28-amd64`, `1.2.3-beta.1+build`; undefined for what is no version. */
export function parseVersion(text: string): Version | undefined {
  const found = form.exec(text.trim())?.groups;
  const written = found?.['parts']?.split('.').map(Number);
  if (written === undefined || !written.every(Number.isSafeInteger)) return undefined;
  const parts = [...written, ...Array<number>(Math.max(0, 3 - written.length)).fill(0)];
  return { parts, written: written.length, preRelease: found?.['preRelease']?.split('.') ?? [] };
}

/** Negative, 0 or positive; by the rules of semver.org, with any number of parts. */
export function compareVersions(a: Version, b: Version): number {
  return compareParts(a, b) || comparePreReleases(a.preRelease, b.preRelease);
}

export function compareParts(a: Version, b: Version): number {
  const length = Math.max(a.parts.length, b.parts.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (a.parts[at] ?? 0) - (b.parts[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A release is behind all its pre-releases; numbers are before words; what has more to say is behind. */
function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (const [at, left] of a.entries()) {
    const right = b[at];
    if (right === undefined) return 1;
    const difference = compareIdentifiers(left, right);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return Number(a) - Number(b);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

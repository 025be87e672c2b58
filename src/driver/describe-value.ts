// Pure: a value that somebody wrote, as messages call it.

const longest = 60;

/** `"data"`, `42`, `a list`, `a block`, `nothing`; long text is cut. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) {
    return 'nothing';
  }
  if (typeof value === 'string') {
    return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  return typeof value === 'object' ? 'a block' : String(value);
}

// Pure: which variables a task does not get.

/**
 * The environment without the variables whose name one of the patterns matches, sorted by name.
 *
 * In a pattern `*` stands for any text, also for none; everything else for itself, upper and lower case apart.
 */
export function withoutDenied(
  env: Readonly<Record<string, string>>,
  patterns: readonly string[],
): Readonly<Record<string, string>> {
  const kept = Object.entries(env).filter(
    ([name]) => !patterns.some((pattern) => matchesPattern(name, pattern)),
  );
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(kept);
}

/** Whether `name` is of the form `pattern`. Takes time linear in both, whatever the pattern. */
export function matchesPattern(name: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) {
    return name === pattern;
  }
  if (!name.startsWith(head) || name.length < head.length + tail.length) {
    return false;
  }
  // Each part between two stars is taken where it comes first: that leaves the most for those after it.
  let position = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, position);
    if (found === -1) {
      return false;
    }
    position = found + part.length;
  }
  return name.endsWith(tail) && position <= name.length - tail.length;
}

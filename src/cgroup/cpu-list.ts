// Pure: lists of CPUs or memory nodes as the kernel writes them: `0-3,7`.

/** Highest number that the kernel can be built for (CONFIG_NR_CPUS). */
const mostCpus = 8192;

/** The numbers of a list in order, or undefined when it is none. */
export function parseCpuList(text: string): readonly number[] | undefined {
  const numbers = new Set<number>();
  for (const part of text.trim().split(',')) {
    const match = /^(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?$/.exec(part.trim());
    if (match?.groups === undefined) return undefined;
    const first = Number(match.groups['first']);
    const last = Number(match.groups['last'] ?? first);
    if (last < first || last >= mostCpus) return undefined;
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The shortest list of these numbers. */
export function formatCpuList(numbers: Iterable<number>): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const parts: string[] = [];
  let first: number | undefined;
  sorted.forEach((number, index) => {
    first ??= number;
    if (sorted[index + 1] === number + 1) return;
    parts.push(first === number ? `${number}` : `${first}-${number}`);
    first = undefined;
  });
  return parts.join(',');
}

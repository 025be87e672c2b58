// Pure: the text of /proc/<pid>/limits, see proc_pid_limits(5).

/** Soft and hard limit; null = unlimited. */
export interface ProcessLimit {
  readonly soft: number | null;
  readonly hard: number | null;
}

/** By the name in the file, such as `Max open files`. */
export function parseProcessLimits(text: string): ReadonlyMap<string, ProcessLimit> {
  const limits = new Map<string, ProcessLimit>();
  for (const line of text.split('\n')) {
    const match = /^(Max .+?)\s{2,}(\d+|unlimited)\s+(\d+|unlimited)/.exec(line);
    const [, name = '', soft = '', hard = ''] = match ?? [];
    if (name !== '') {
      limits.set(name, { soft: limitOf(soft), hard: limitOf(hard) });
    }
  }
  return limits;
}

/** A number, or `unlimited` or `max` for none. */
export function limitOf(text: string): number | null {
  const trimmed = text.trim();
  return /^\d+$/.test(trimmed) ? Number(trimmed) : null;
}

// Pure: what /proc tells about one process, see proc_pid_stat(5).

/** One process at one moment. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parentPid: number;
  readonly processGroup: number;
  readonly session: number;
  /** Ended, and not yet waited for. */
  readonly isZombie: boolean;
  /** Since boot. */
  readonly startTicks: number;
}

/** Reads /proc/<pid>/stat; undefined when the text is cut short, as it is for a process that is just going. */
export function parseProcStat(text: string): ProcessFacts | undefined {
  // The name stands in brackets and may hold brackets and blanks itself: the last closing one ends it.
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  const facts: ProcessFacts = {
    pid: Number.parseInt(text, 10),
    parentPid: field(4),
    processGroup: field(5),
    session: field(6),
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    startTicks: field(22),
  };
  return nameEnd === -1 || Number.isNaN(facts.startTicks) ? undefined : facts;
}

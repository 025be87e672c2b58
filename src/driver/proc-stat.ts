// Pure: what /proc tells about one process, see proc_pid_stat(5) and proc_pid_status(5).

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
  /** With the time of children that it has waited for. */
  readonly userCpuMs: number;
  readonly systemCpuMs: number;
}

/** USER_HZ: 100 on every architecture that this package is built for. */
const msPerTick = 10;

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
    userCpuMs: (field(14) + field(16)) * msPerTick,
    systemCpuMs: (field(15) + field(17)) * msPerTick,
  };
  return nameEnd === -1 || Number.isNaN(facts.startTicks) ? undefined : facts;
}

/** Memory of one process. */
export interface ProcessMemory {
  readonly rssBytes: number;
  readonly swapBytes: number;
}

/** Reads /proc/<pid>/status; a process that has ended has no memory. */
export function parseProcMemory(text: string): ProcessMemory {
  return { rssBytes: kibibytes(text, 'VmRSS'), swapBytes: kibibytes(text, 'VmSwap') };
}

function kibibytes(text: string, key: string): number {
  const match = new RegExp(`^${key}:\\s*([0-9]+) kB$`, 'm').exec(text);
  return Number(match?.[1] ?? 0) * 1024;
}

/** The processes of a task: the group that its main process leads, and all descendants of any of them. */
export function selectTaskProcesses(
  all: readonly ProcessFacts[],
  mainPid: number,
): readonly ProcessFacts[] {
  const selected = new Set<number>();
  const isOfTask = (facts: ProcessFacts): boolean =>
    facts.pid === mainPid || facts.processGroup === mainPid || selected.has(facts.parentPid);
  let sizeBefore = -1;
  // Ids wrap around, so a child may stand before its parent: until nothing is added any more.
  while (selected.size !== sizeBefore) {
    sizeBefore = selected.size;
    for (const facts of all) {
      if (isOfTask(facts)) {
        selected.add(facts.pid);
      }
    }
  }
  return all.filter((facts) => selected.has(facts.pid));
}

// Pure: names and numbers of signals. Written down, because node:os is loaded for nothing else when the package is imported;
// the numbers are those of x86, ARM and RISC-V, see signal(7), and a test holds them against the running machine's.

/** Signals 1 to 31, in order. */
const standardNames: readonly string[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
];

/** Second names: the number is reported under the name above. */
const otherNames: Readonly<Record<string, number>> = { SIGIOT: 6, SIGPOLL: 29 };

/** The range that glibc and musl offer to programs; the kernel's first two are used by the threads library. */
const firstRealTimeSignal = 34;
const lastRealTimeSignal = 64;

const numbers: ReadonlyMap<string, number> = makeNumbers();
const names: readonly (string | undefined)[] = makeNames();

function makeNumbers(): Map<string, number> {
  const result = new Map<string, number>();
  for (const [index, name] of standardNames.entries()) result.set(name, index + 1);
  for (const [name, number] of Object.entries(otherNames)) result.set(name, number);
  for (let number = firstRealTimeSignal; number <= lastRealTimeSignal; number++) {
    result.set(realTimeName(number), number);
    result.set(`SIGRTMAX-${lastRealTimeSignal - number}`, number);
  }
  result.set('SIGRTMIN', firstRealTimeSignal);
  result.set('SIGRTMAX', lastRealTimeSignal);
  return result;
}

function makeNames(): (string | undefined)[] {
  const result: (string | undefined)[] = [undefined, ...standardNames];
  for (let number = firstRealTimeSignal; number <= lastRealTimeSignal; number++) {
    result[number] = realTimeName(number);
  }
  return result;
}

function realTimeName(number: number): string {
  if (number === firstRealTimeSignal) return 'SIGRTMIN';
  if (number === lastRealTimeSignal) return 'SIGRTMAX';
  return `SIGRTMIN+${number - firstRealTimeSignal}`;
}

/** A signal by its name (`'SIGTERM'`, `'SIGRTMIN+3'`), see signal(7). */
export type SignalName =
  | NodeJS.Signals
  | `SIGRTMIN+${number}`
  | `SIGRTMAX-${number}`
  | 'SIGRTMIN'
  | 'SIGRTMAX';

/** All names that `signalNumber` knows. */
export const signalNames: readonly string[] = [...numbers.keys()];

/** The highest signal number of Linux. */
export const maxSignal = 64;

/**
 * The number of a signal, or undefined for a name that is none.
 *
 * @example
 * signalNumber('SIGTERM'); // 15
 */
export function signalNumber(name: string): number | undefined {
  return numbers.get(name);
}

/**
 * The name of a signal number: `'SIGTERM'` for 15, `'SIG99'` for a number that has no name.
 */
export function signalName(number: number): string {
  return names[number] ?? `SIG${number}`;
}

/**
 * The names that Nomad's raw_exec knows for its signal and stop requests.
 * Real-time signals, SIGCHLD, SIGURG, SIGPWR, SIGVTALRM and SIGSTKFLT are not among them.
 */
export const nomadSignals: ReadonlySet<string> = new Set([
  'SIGABRT',
  'SIGALRM',
  'SIGBUS',
  'SIGCONT',
  'SIGFPE',
  'SIGHUP',
  'SIGILL',
  'SIGINT',
  'SIGIO',
  'SIGIOT',
  'SIGKILL',
  'SIGNULL',
  'SIGPIPE',
  'SIGPROF',
  'SIGQUIT',
  'SIGSEGV',
  'SIGSTOP',
  'SIGSYS',
  'SIGTERM',
  'SIGTRAP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGXCPU',
  'SIGXFSZ',
]);

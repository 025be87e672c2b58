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

/** The range that glibc and musl offer to programs; the kernel's first two are used by the threads library. */
const firstRealTimeSignal = 34;
const lastRealTimeSignal = 64;

// No tables: they would be made at each import of the package, for the few names that a program uses.

/** Second names: the number is reported under the name above. */
function otherNumber(name: string): number | undefined {
  if (name === 'SIGIOT') return 6;
  return name === 'SIGPOLL' ? 29 : undefined;
}

function realTimeName(number: number): string {
  if (number === firstRealTimeSignal) return 'SIGRTMIN';
  if (number === lastRealTimeSignal) return 'SIGRTMAX';
  return `SIGRTMIN+${number - firstRealTimeSignal}`;
}

function realTimeNumber(name: string): number | undefined {
  if (!name.startsWith('SIGRT')) return undefined;
  if (name === 'SIGRTMIN') return firstRealTimeSignal;
  if (name === 'SIGRTMAX') return lastRealTimeSignal;
  const match = /^SIGRT(?:MIN\+|MAX-)(0|[1-9]\d?)$/.exec(name);
  const distance = Number(match?.[1] ?? Number.NaN);
  if (!(distance <= lastRealTimeSignal - firstRealTimeSignal)) return undefined;
  return name.startsWith('SIGRTMIN')
    ? firstRealTimeSignal + distance
    : lastRealTimeSignal - distance;
}

/** A signal by its name (`'SIGTERM'`, `'SIGRTMIN+3'`), see signal(7). */
export type SignalName =
  | NodeJS.Signals
  | `SIGRTMIN+${number}`
  | `SIGRTMAX-${number}`
  | 'SIGRTMIN'
  | 'SIGRTMAX';

/** The names that `signalNumber` knows, for suggestions. */
export function signalNames(): readonly string[] {
  const names = [...standardNames, 'SIGIOT', 'SIGPOLL', 'SIGRTMIN', 'SIGRTMAX'];
  for (let distance = 1; distance <= lastRealTimeSignal - firstRealTimeSignal; distance++) {
    names.push(`SIGRTMIN+${distance}`, `SIGRTMAX-${distance}`);
  }
  return names;
}

/** The highest signal number of Linux. */
export const maxSignal = 64;

/**
 * The number of a signal, or undefined for a name that is none.
 *
 * @example
 * signalNumber('SIGTERM'); // 15
 */
export function signalNumber(name: string): number | undefined {
  const index = standardNames.indexOf(name);
  return index >= 0 ? index + 1 : (otherNumber(name) ?? realTimeNumber(name));
}

/**
 * The name of a signal number: `'SIGTERM'` for 15, `'SIG99'` for a number that has no name.
 */
export function signalName(number: number): string {
  const name = standardNames[number - 1];
  if (name !== undefined) return name;
  const isRealTime = number >= firstRealTimeSignal && number <= lastRealTimeSignal;
  return isRealTime && Number.isInteger(number) ? realTimeName(number) : `SIG${number}`;
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

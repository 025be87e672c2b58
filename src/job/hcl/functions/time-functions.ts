/** Functions of time. `timestamp` asks the clock; the others are pure. */
import type { Value } from '../value.ts';
import { textOf } from './arguments.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';

/** By name. */
export const timeFunctions: FunctionTable = {
  formatdate: { parameters: ['format', 'timestamp'], call: formatDate },
  timeadd: { parameters: ['timestamp', 'duration'], call: addTime },
  timestamp: {
    parameters: [],
    call: () => `${new Date().toISOString().slice(0, 19)}Z`,
  },
};

const timestampForm =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|z|[+-]\d\d:\d\d)$/;

interface Timestamp {
  /** The time of the day where it was written, as if it were UTC. */
  readonly local: Date;
  /** `Z` or `+01:00`. */
  readonly zone: string;
}

function timestampOf(args: readonly Value[], index: number): Timestamp {
  const text = textOf(args, index);
  const match = timestampForm.exec(text);
  const local = match === null ? undefined : new Date(`${text.slice(0, 19).toUpperCase()}Z`);
  const isReal = local !== undefined && local.toString() !== 'Invalid Date';
  if (!isReal || local.toISOString().slice(0, 10) !== text.slice(0, 10)) {
    const problem = `expected a time such as 2006-01-02T15:04:05Z, and read ${JSON.stringify(text)}`;
    throw new FunctionFault(problem, index);
  }
  return { local, zone: match?.[7]?.toUpperCase() ?? 'Z' };
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

function durationMs(args: readonly Value[], index: number): number {
  const text = textOf(args, index);
  const isWhole = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text);
  if (!isWhole) {
    const problem = `expected a duration such as "1h30m", and read ${JSON.stringify(text)}`;
    throw new FunctionFault(problem, index);
  }
  const total = Array.from(text.matchAll(/([\d.]+)([a-zµμ]+)/g), ([, count, unit]) => {
    return Number(count) * (unitMs[unit ?? ''] ?? 0);
  }).reduce((sum, part) => sum + part, 0);
  return text.startsWith('-') ? -total : total;
}

function addTime(args: readonly Value[]): string {
  const { local, zone } = timestampOf(args, 0);
  const moved = new Date(local.getTime() + durationMs(args, 1));
  if (
    Number.isNaN(moved.getTime()) ||
    moved.getUTCFullYear() > 9999 ||
    moved.getUTCFullYear() < 0
  ) {
    throw new FunctionFault('the time is too far away', 1);
  }
  return moved.toISOString().slice(0, 19) + zone;
}

const months =
  'January February March April May June July August September October November December';
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday';

function formatDate(args: readonly Value[]): string {
  const { local, zone } = timestampOf(args, 1);
  return textOf(args, 0).replace(
    /'((?:[^']|'')*)'|([A-Za-z])\2*|'/g,
    (all: string, quoted: string | undefined) => {
      if (quoted !== undefined) {
        return quoted.replaceAll("''", "'");
      }
      const text = datePart(all, local, zone);
      if (text === undefined) {
        const detail = all === "'" ? 'a quote is not closed' : `${all} means nothing in a format`;
        throw new FunctionFault(
          `${detail}; letters that stand for themselves are written in '…'`,
          0,
        );
      }
      return text;
    },
  );
}

function datePart(part: string, date: Date, zone: string): string | undefined {
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = months.split(' ')[date.getUTCMonth()] ?? '';
  const day = days.split(' ')[date.getUTCDay()] ?? '';
  const hours = date.getUTCHours();
  const twelve = hours % 12 === 0 ? 12 : hours % 12;
  const parts: Readonly<Record<string, string>> = {
    YYYY: String(date.getUTCFullYear()).padStart(4, '0'),
    YY: two(date.getUTCFullYear() % 100),
    MMMM: month,
    MMM: month.slice(0, 3),
    MM: two(date.getUTCMonth() + 1),
    M: String(date.getUTCMonth() + 1),
    DD: two(date.getUTCDate()),
    D: String(date.getUTCDate()),
    EEEE: day,
    EEE: day.slice(0, 3),
    hh: two(hours),
    h: String(hours),
    HH: two(twelve),
    H: String(twelve),
    AA: hours < 12 ? 'AM' : 'PM',
    aa: hours < 12 ? 'am' : 'pm',
    mm: two(date.getUTCMinutes()),
    m: String(date.getUTCMinutes()),
    ss: two(date.getUTCSeconds()),
    s: String(date.getUTCSeconds()),
    ZZZZZ: zone === 'Z' ? '+00:00' : zone,
    ZZZZ: zone === 'Z' ? '+0000' : zone.replace(':', ''),
    ZZZ: zone === 'Z' || zone === '+00:00' ? 'UTC' : zone.replace(':', ''),
    Z: zone === '+00:00' ? 'Z' : zone,
  };
  return Object.hasOwn(parts, part) ? parts[part] : undefined;
}

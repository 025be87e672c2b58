// Pure: what can be asked of a log, and the checks of it.

import { invalidArgument, invalidOption, unknownOption } from '../process/invalid-option.ts';
import {
  booleanOption,
  integerOption,
  objectOption,
  pathOption,
} from '../process/option-values.ts';

/** Which log: the files `NAME.0`, `NAME.1`, … of a directory. */
export interface LogName {
  readonly directory: string;
  /** Without the number: `web.stdout`. */
  readonly name: string;
}

/** A place in a log, to go on from later. */
export interface LogPosition {
  /** The number of the file. */
  readonly file: number;
  /** Bytes of the file that stand before. */
  readonly offset: number;
  /** Bytes of the whole log that stand before; absent where the files do not tell. */
  readonly total?: number;
}

/** The end of a log, as far as it is there. */
export type LogTail = { readonly lines: number } | { readonly bytes: number };

/** How a log is read. */
export interface FollowLogsOptions {
  /** Where to begin; a position is where an earlier reader was. Not together with `tail`. @default 'start' */
  readonly from?: 'start' | 'end' | LogPosition;
  /** Begin with so many of the last lines or bytes. */
  readonly tail?: LogTail;
  /** Whether to wait for more at the end, until the signal fires or the directory is removed. @default true */
  readonly follow?: boolean;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal;
}

/** The same, checked. */
export interface LogPlan {
  readonly directory: string;
  readonly name: string;
  readonly from: 'start' | 'end' | LogPosition | LogTail;
  readonly isFollowing: boolean;
  readonly signal: AbortSignal | undefined;
}

const most = Number.MAX_SAFE_INTEGER;
const known = ['from', 'tail', 'follow', 'signal'];

function readName(log: unknown): Pick<LogPlan, 'directory' | 'name'> {
  const entries = new Map(objectOption('log', log, 'an object with "directory" and "name"'));
  for (const key of entries.keys()) {
    if (key !== 'directory' && key !== 'name') throw unknownOption(key, ['directory', 'name']);
  }
  const directory = pathOption('directory', entries.get('directory'));
  const name = pathOption('name', entries.get('name'));
  if (name.includes('/')) throw invalidOption('name', name, 'the name of a file, without a slash');
  return { directory, name };
}

function readPosition(value: unknown): LogPosition {
  const allowed = '\'start\', \'end\', or a position with "file" and "offset"';
  const entries = new Map(objectOption('from', value, allowed));
  const places = ['file', 'offset', 'total'];
  for (const key of entries.keys()) {
    if (!places.includes(key)) throw unknownOption(key, places, 'from.');
  }
  const file = integerOption('from.file', entries.get('file'), 0, most);
  const offset = integerOption('from.offset', entries.get('offset'), 0, most);
  if (!entries.has('total')) return { file, offset };
  return { file, offset, total: integerOption('from.total', entries.get('total'), 0, most) };
}

function readTail(value: unknown): LogTail {
  const allowed = 'an object with either "lines" or "bytes"';
  const entries = objectOption('tail', value, allowed);
  const [key, count] = entries[0] ?? [];
  if (entries.length !== 1 || (key !== 'lines' && key !== 'bytes')) {
    throw invalidOption('tail', value, allowed);
  }
  const checked = integerOption(`tail.${key}`, count, 0, most);
  return key === 'lines' ? { lines: checked } : { bytes: checked };
}

/** @throws InvalidOptionError */
export function readLogOptions(log: unknown, options: unknown): LogPlan {
  const name = readName(log);
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument('options', options, 'an object');
  }
  let from: LogPlan['from'] = 'start';
  let isFollowing = true;
  let signal: AbortSignal | undefined;
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) throw unknownOption(key, known);
    if (key === 'from') from = value === 'start' || value === 'end' ? value : readPosition(value);
    if (key === 'tail') {
      if ('from' in options) throw invalidOption('tail', value, 'left out when "from" is given');
      from = readTail(value);
    }
    if (key === 'follow') isFollowing = booleanOption('follow', value);
    if (key === 'signal') {
      if (!(value instanceof AbortSignal)) throw invalidOption('signal', value, 'an AbortSignal');
      signal = value;
    }
  }
  return { ...name, from, isFollowing, signal };
}

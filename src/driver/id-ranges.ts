// Pure: sets of user or group ids, written as `0,10-15,22`.

/** From `low` to `high`, both included. */
export interface IdRange {
  readonly low: number;
  readonly high: number;
}

/** What came of reading a list of ids. */
export interface ParsedIdRanges {
  readonly ranges: readonly IdRange[];
  /** One sentence for each part that cannot be read. */
  readonly problems: readonly string[];
}

const highestId = 0xffff_ffff;
const grammar = 'allowed are ids and ranges such as 0,10-15,22';

/** Reads a list of ids and inclusive ranges; blanks around them are allowed, the empty text is the empty set. */
export function parseIdRanges(text: string): ParsedIdRanges {
  if (text.trim() === '') {
    return { ranges: [], problems: [] };
  }
  const ranges: IdRange[] = [];
  const problems: string[] = [];
  for (const part of text.split(',')) {
    const range = parsePart(part.trim());
    if (typeof range === 'string') {
      problems.push(range);
    } else {
      ranges.push(range);
    }
  }
  return { ranges, problems };
}

/** Whether `id` is in one of the ranges. */
export function includesId(ranges: readonly IdRange[], id: number): boolean {
  return ranges.some((range) => range.low <= id && id <= range.high);
}

function parsePart(part: string): IdRange | string {
  const shown = JSON.stringify(part);
  if (part === '') {
    return `has an empty part; ${grammar}`;
  }
  const bounds = part.split('-').map((bound) => bound.trim());
  const [lowText = '', highText = lowText] = bounds;
  if (bounds.length > 2 || ![lowText, highText].every((bound) => /^[0-9]+$/.test(bound))) {
    return `cannot read ${shown}; ${grammar}`;
  }
  const range = { low: Number(lowText), high: Number(highText) };
  if (Math.max(range.low, range.high) > highestId) {
    return `${shown} is out of range: ids go from 0 to ${highestId}`;
  }
  return range.low > range.high ? `${shown} goes backwards: write the lower id first` : range;
}

// Pure: reads the `resourceLimits` option into the engine's triples.

import { invalidOption, unknownOption } from './invalid-option.ts';
import { objectOption } from './option-values.ts';
import type { ResourceName } from './spawn-options.ts';

/** Numbers of getrlimit(2), the same on all architectures that are supported. */
const resourceNumbers: ReadonlyMap<string, number> = new Map<ResourceName, number>([
  ['cpu', 0],
  ['fsize', 1],
  ['data', 2],
  ['stack', 3],
  ['core', 4],
  ['rss', 5],
  ['nproc', 6],
  ['nofile', 7],
  ['memlock', 8],
  ['as', 9],
  ['locks', 10],
  ['sigpending', 11],
  ['msgqueue', 12],
  ['nice', 13],
  ['rtprio', 14],
  ['rttime', 15],
]);

/** RLIMIT_STACK: execve(2) derives from it how long arguments may be. */
export const stackResource = 3;

/** RLIM_INFINITY in the engine's terms. */
const unlimited = -1;

const allowedValue = "a whole number from 0, or 'unlimited'";
const allowedLimit = `${allowedValue}, or { soft, hard } of these`;

/** @returns resource, soft, hard; resource, soft, hard; … */
export function readResourceLimits(value: unknown): number[] {
  const triples: number[] = [];
  for (const [name, limit] of objectOption(
    'resourceLimits',
    value,
    'an object of limits by resource',
  )) {
    const resource = resourceNumbers.get(name);
    if (resource === undefined) {
      throw unknownOption(name, [...resourceNumbers.keys()], 'resourceLimits.');
    }
    const option = `resourceLimits.${name}`;
    if (typeof limit === 'object' && limit !== null) {
      triples.push(resource, ...readPair(option, limit));
    } else {
      const both = readValue(option, limit, allowedLimit);
      triples.push(resource, both, both);
    }
  }
  return triples;
}

function readPair(option: string, limit: object): [number, number] {
  for (const key of Object.keys(limit)) {
    if (key !== 'soft' && key !== 'hard') throw unknownOption(key, ['soft', 'hard'], `${option}.`);
  }
  if (!('soft' in limit && 'hard' in limit)) throw invalidOption(option, limit, allowedLimit);
  const soft = readValue(`${option}.soft`, limit.soft, allowedValue);
  const hard = readValue(`${option}.hard`, limit.hard, allowedValue);
  const isAbove = hard !== unlimited && (soft === unlimited || soft > hard);
  if (isAbove) throw invalidOption(option, limit, 'a soft limit that is not above the hard one');
  return [soft, hard];
}

function readValue(option: string, value: unknown, allowed: string): number {
  if (value === 'unlimited') return unlimited;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidOption(option, value, allowed);
}

/** The soft limit that a plan sets for a resource; -1 = unlimited, undefined = not set. */
export function plannedSoftLimit(
  triples: readonly number[] | undefined,
  resource: number,
): number | undefined {
  let soft: number | undefined;
  for (let index = 0; triples !== undefined && index < triples.length; index += 3) {
    if (triples[index] === resource) soft = triples[index + 1];
  }
  return soft;
}

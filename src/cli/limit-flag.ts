// Pure: reads `--limit nofile=1024` and `--limit nofile=512:4096`.

import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { LimitValue, ResourceLimit } from '../process/spawn-options.ts';
import { parsePair } from './flag-values.ts';

const form = 'NAME=VALUE or NAME=SOFT:HARD, such as nofile=1024 or core=0:unlimited';

/** Repeated `--limit` flags: limits by the name of the resource. Which names there are, the engine knows. */
export function collectLimits(
  text: string,
  previous: Readonly<Record<string, ResourceLimit>> = {},
): Record<string, ResourceLimit> {
  const [name, values] = parsePair(text, form);
  if (Object.hasOwn(previous, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  const [soft = '', hard, ...rest] = values.split(':');
  if (rest.length > 0) throw new InvalidArgumentError(`It must have the form ${form}.`);
  const limit =
    hard === undefined ? parseValue(soft) : { soft: parseValue(soft), hard: parseValue(hard) };
  return { ...previous, [name.toLowerCase()]: limit };
}

function parseValue(text: string): LimitValue {
  if (text === 'unlimited') return 'unlimited';
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError(`It must have the form ${form}.`);
  return Number(text);
}

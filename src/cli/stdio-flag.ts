// Pure: reads where a descriptor of the program leads, as `--stdin`, `--stdout`, `--stderr` and `--fd` have it.

import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { StdioSlot } from '../process/spawn-options.ts';

const words = ['inherit', 'ignore', 'closed'] as const;
const fileForms = {
  'read:': { access: 'read' },
  'write:': { access: 'write' },
  'append:': { access: 'write', append: true },
  'readwrite:': { access: 'readWrite' },
} as const;

/**
 * `inherit`, `ignore`, `closed`, `fd:7`, or a file with what is done to it before its path (`append:log.txt`).
 * A file that is named like one of the words is written `./inherit`.
 */
export function parseTarget(text: string): StdioSlot {
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  if (text.startsWith('fd:')) return parseDescriptor(text.slice('fd:'.length));
  for (const [prefix, access] of Object.entries(fileForms)) {
    if (text.startsWith(prefix)) return { file: filePath(text.slice(prefix.length)), ...access };
  }
  return { file: filePath(text) };
}

/** Repeated `--fd 3=append:log`: slots by number. */
export function collectDescriptors(
  text: string,
  previous: Readonly<Record<number, StdioSlot>> = {},
): Record<number, StdioSlot> {
  const cut = text.indexOf('=');
  const number = parseDescriptor(cut === -1 ? '' : text.slice(0, cut));
  if (number < 3) throw new InvalidArgumentError('For 0, 1 and 2 use --stdin, --stdout, --stderr.');
  if (number > 63)
    throw new InvalidArgumentError('The highest descriptor that can be given is 63.');
  if (number in previous) throw new InvalidArgumentError(`Descriptor ${number} is given twice.`);
  return { ...previous, [number]: parseTarget(text.slice(cut + 1)) };
}

/** One entry per slot up to the highest that was given; what is between stays closed. */
export function stdioSlots(
  standard: readonly [StdioSlot?, StdioSlot?, StdioSlot?],
  further: Readonly<Record<number, StdioSlot>> = {},
): StdioSlot[] {
  const slots: StdioSlot[] = [0, 1, 2].map((slot) => standard[slot] ?? 'inherit');
  for (const [number, target] of Object.entries(further)) {
    while (slots.length < Number(number)) slots.push('closed');
    slots[Number(number)] = target;
  }
  return slots;
}

function parseDescriptor(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError('A descriptor is a number: --stderr fd:1, --fd 3=read:in.txt.');
  }
  return Number(text);
}

function filePath(path: string): string {
  if (path === '') throw new InvalidArgumentError('The name of the file is missing.');
  return path;
}

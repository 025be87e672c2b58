// Pure: reads the `stdio` option into the engine's slots.

import { constants } from 'node:fs';
import { maxStdioSlots, StdioKind } from '../native/spawning.ts';
import { invalidOption, unknownOption } from './invalid-option.ts';
import { booleanOption, integerOption, modeOption, pathOption } from './option-values.ts';
import { isDescriptor, readSocket, socketDescriptor } from './socket-slot.ts';
import { openInChild, type SpawnPlan } from './spawn-plan.ts';

export const pipeStdio: readonly number[] = [
  StdioKind.pipeIn,
  StdioKind.pipeOut,
  StdioKind.pipeOut,
];
export const ignoreStdio: readonly number[] = [
  StdioKind.ignore,
  StdioKind.ignore,
  StdioKind.ignore,
];
export const inheritStdio: readonly number[] = [0, 1, 2];

const allowedSlots =
  "'pipe', 'inherit', 'ignore', 'closed', a descriptor, an object with an open fd, { file } or { pipe: 'read' | 'write' }";
const allowedStdio = `'pipe', 'inherit', 'ignore' or an array of ${allowedSlots}`;
const highestDescriptor = 2_147_483_647;

/** Hot path for the three words: no allocation. */
export function readStdio(plan: SpawnPlan, value: unknown): void {
  if (value === 'ignore') {
    plan.stdio = ignoreStdio;
    plan.hasPipes = false;
  } else if (value === 'inherit') {
    plan.stdio = inheritStdio;
    plan.hasPipes = false;
  } else if (Array.isArray(value)) {
    readSlots(plan, value);
  } else if (value !== 'pipe') {
    throw invalidOption('stdio', value, allowedStdio);
  }
}

function readSlots(plan: SpawnPlan, slots: readonly unknown[]): void {
  if (slots.length > maxStdioSlots) {
    throw invalidOption('stdio', slots, `an array of at most ${maxStdioSlots} entries`);
  }
  const kinds: number[] = [];
  plan.hasPipes = false;
  for (let slot = 0; slot < slots.length || slot < 3; slot++) {
    const kind = slot < slots.length ? readSlot(plan, slot, slots[slot]) : pipeKind(slot);
    if (kind === StdioKind.pipeIn || kind === StdioKind.pipeOut) plan.hasPipes = true;
    kinds.push(kind);
  }
  plan.stdio = kinds;
}

function pipeKind(slot: number): number {
  return slot === 0 ? StdioKind.pipeIn : StdioKind.pipeOut;
}

function readSlot(plan: SpawnPlan, slot: number, value: unknown): number {
  switch (value) {
    case 'pipe':
      return pipeKind(slot);
    case 'inherit':
      return slot;
    case 'ignore':
      return StdioKind.ignore;
    case 'closed':
      return StdioKind.closed;
    default:
      return typeof value === 'number'
        ? integerOption(`stdio[${slot}]`, value, 0, highestDescriptor)
        : readSlotObject(plan, slot, value);
  }
}

function readSlotObject(plan: SpawnPlan, slot: number, value: unknown): number {
  const option = `stdio[${slot}]`;
  if (typeof value !== 'object' || value === null) throw invalidOption(option, value, allowedSlots);
  // Own properties: every readable stream inherits a method `pipe`.
  if (Object.hasOwn(value, 'file') && 'file' in value) return readFile(plan, slot, value);
  if (Object.hasOwn(value, 'pipe') && 'pipe' in value) return readPipe(option, value);
  if ('fd' in value && isDescriptor(value.fd)) return value.fd;
  const fd = socketDescriptor(value);
  if (fd !== undefined) return readSocket(plan, slot, value, fd);
  if ('fd' in value || '_handle' in value) {
    throw invalidOption(option, value, 'a stream that is open (wait for its "open" event)');
  }
  throw invalidOption(option, value, allowedSlots);
}

function readPipe(option: string, value: object & { readonly pipe: unknown }): number {
  for (const key of Object.keys(value)) {
    if (key !== 'pipe') throw unknownOption(key, ['pipe'], `${option}.`);
  }
  if (value.pipe === 'read') return StdioKind.pipeIn;
  if (value.pipe === 'write') return StdioKind.pipeOut;
  throw invalidOption(`${option}.pipe`, value.pipe, "'read' or 'write'");
}

const fileKeys = ['file', 'access', 'append', 'mode', 'create', 'noFollow'];

function readFile(
  plan: SpawnPlan,
  slot: number,
  value: object & { readonly file: unknown },
): number {
  const option = `stdio[${slot}]`;
  let access: unknown = slot === 0 ? 'read' : 'write';
  let isAppended = false;
  let mode = 0o666;
  let isMade: boolean | undefined;
  let noFollow = false;
  for (const [key, entry] of Object.entries(value)) {
    if (key === 'access') access = entry;
    else if (key === 'append') isAppended = booleanOption(`${option}.append`, entry);
    else if (key === 'mode') mode = modeOption(`${option}.mode`, entry, 0o7777);
    else if (key === 'create') isMade = booleanOption(`${option}.create`, entry);
    else if (key === 'noFollow') noFollow = booleanOption(`${option}.noFollow`, entry);
    else if (key !== 'file') throw unknownOption(key, fileKeys, `${option}.`);
  }
  const path = pathOption(`${option}.file`, value.file);
  const { O_NOFOLLOW } = constants;
  const flags = openFlags(option, access, isAppended, isMade) | (noFollow ? O_NOFOLLOW : 0);
  return openInChild(plan, { slot, path, flags, mode });
}

/** O_NOCTTY: a program without a terminal must not get one by opening its output. */
function openFlags(
  option: string,
  access: unknown,
  isAppended: boolean,
  isMade: boolean | undefined,
): number {
  const { O_APPEND, O_CREAT, O_NOCTTY, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
  if (access === 'read') {
    if (isAppended) throw invalidOption(`${option}.append`, true, "false for access 'read'");
    if (isMade === true) throw invalidOption(`${option}.create`, true, "false for access 'read'");
    return O_RDONLY | O_NOCTTY;
  }
  const isNew = isMade ?? true;
  const making = (isNew ? O_CREAT : 0) | O_NOCTTY | (isAppended ? O_APPEND : 0);
  if (access === 'write') return O_WRONLY | making | (isAppended || !isNew ? 0 : O_TRUNC);
  // A file that is read as well is never emptied: there would be nothing to read.
  if (access === 'readWrite') return O_RDWR | making;
  throw invalidOption(`${option}.access`, access, "'read', 'write' or 'readWrite'");
}

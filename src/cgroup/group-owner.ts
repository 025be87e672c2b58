// Reads /proc: who made a group, in a form that tells a live maker from a dead one whose pid somebody else has by now.

import { readFileSync, readlinkSync } from 'node:fs';

/** A process, by what no other process ever has. */
export interface GroupOwner {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of proc_pid_stat(5). */
  readonly startTicks: string;
  /** Of this boot: after the next one the same pid and ticks may be somebody else. */
  readonly bootId: string;
  /** The pid namespace in which `pid` is meant, as `pid:[4026531836]`. */
  readonly pidNamespace: string;
}

/** `unknown`: the owner is of another pid namespace, so that nothing can be said about it from here. */
export type OwnerState = 'alive' | 'dead' | 'unknown';

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Undefined when there is no such process. */
function startTicksOf(pid: number): string | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
  // The name, in parentheses, may hold anything. A zombie has ended: it looks after nothing.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** This process. */
export function ownIdentity(): GroupOwner {
  return {
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? '',
    bootId: bootId(),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
  };
}

/** Another process of this boot and this pid namespace; undefined when there is none of that number. */
export function identityOf(pid: number): GroupOwner | undefined {
  const startTicks = startTicksOf(pid);
  return startTicks === undefined ? undefined : { ...ownIdentity(), pid, startTicks };
}

/** The text of the attribute `user.raw-exec.owner`. */
export function formatOwner({ pid, startTicks, bootId: boot, pidNamespace }: GroupOwner): string {
  return `${pid} ${startTicks} ${boot} ${pidNamespace}`;
}

/** Who looks after a group. */
export interface GroupMark {
  /** Together: nobody does any more when all of them have died. */
  readonly owners: readonly GroupOwner[];
  /**
   * Of a keeper, absolute. When all owners have died the next keeper of this directory takes the task over: until then it
   * is nobody else's to end.
   */
  readonly stateDirectory?: string;
}

const stateWord = 'state ';

/** The text of the attribute `user.raw-exec.owner`: a line for each owner, and one for the directory. */
export function formatMark({ owners, stateDirectory }: GroupMark): string {
  const lines = owners.map(formatOwner);
  if (stateDirectory !== undefined) lines.push(`${stateWord}${JSON.stringify(stateDirectory)}`);
  return lines.join('\n');
}

/** Undefined when the text is none of ours. */
export function parseMark(text: string): GroupMark | undefined {
  const owners: GroupOwner[] = [];
  let stateDirectory: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith(`${stateWord}"`)) {
      stateDirectory = parseText(line.slice(stateWord.length));
      if (stateDirectory === undefined) return undefined;
      continue;
    }
    const owner = parseOwner(line);
    if (owner === undefined) return undefined;
    owners.push(owner);
  }
  return { owners, ...(stateDirectory !== undefined && { stateDirectory }) };
}

function parseText(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Undefined when the text is not one of ours. */
export function parseOwner(text: string): GroupOwner | undefined {
  const match = /^(?<pid>\d+) (?<ticks>\d+) (?<boot>[-\da-f]+) (?<space>pid:\[\d+\])$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const { pid, ticks = '', boot = '', space = '' } = match.groups;
  return { pid: Number(pid), startTicks: ticks, bootId: boot, pidNamespace: space };
}

/** Asks /proc about owners, and remembers this boot and this namespace while it does. */
export class OwnerStates {
  readonly #self: GroupOwner = ownIdentity();

  stateOf(owner: GroupOwner): OwnerState {
    // First: some containers have a boot id of their own, and their groups may be living ones.
    if (owner.pidNamespace !== this.#self.pidNamespace) return 'unknown';
    // Groups do not outlive a boot; but a checkpoint of a container may bring old marks along.
    if (owner.bootId !== this.#self.bootId) return 'dead';
    return startTicksOf(owner.pid) === owner.startTicks ? 'alive' : 'dead';
  }

  /** Where the kernel keeps no attributes (before 5.7), the pid in the name is all there is. */
  stateOfPid(pid: number): OwnerState {
    return startTicksOf(pid) === undefined ? 'dead' : 'alive';
  }
}

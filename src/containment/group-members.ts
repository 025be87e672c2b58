// Owner of nothing but the calls: the processes of cgroup directories, and signals to all of them.

import type { Watch } from '../native/containment.ts';
import { native } from '../native.ts';
import type { Refusal, SignalOutcome } from './containment.ts';
import { orThrow } from './containment-error.ts';

/** A bomb that forks on every signal would keep us here for ever. */
const mostRounds = 16;

export function listMembers(directories: readonly string[]): readonly number[] {
  const list = native.listGroupMembers(directories);
  return [...orThrow(list, `list the processes of ${directories.join(', ')}`)];
}

/** Rounds, each for those that the rounds before have not met, until one finds nobody. */
export function signalMembers(directories: readonly string[], signal: number): MembersReached {
  const reached: number[] = [];
  const refused: Refusal[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const known = Int32Array.from([...reached, ...refused.map(({ pid }) => pid)]);
    const outcome = signalRound(directories, signal, known, undefined);
    reached.push(...outcome.reached);
    refused.push(...outcome.refused);
    if (outcome.reached.length + outcome.refused.length === 0) break;
  }
  return { reached, refused };
}

/** Who was reached, and who was not. */
export interface MembersReached {
  readonly reached: readonly number[];
  readonly refused: readonly Refusal[];
}

/** The same in numbers. */
export function counted({ reached, refused }: MembersReached): SignalOutcome {
  return { reached: reached.length, refused };
}

export interface SignalRound extends MembersReached {
  /** Tells the end of those that were reached; undefined when nobody was, or nothing is to be told. */
  readonly watch: Watch | undefined;
}

/** @param onEnded called once, when all that were reached have ended */
export function signalRound(
  directories: readonly string[],
  signal: number,
  skip: Int32Array | undefined,
  onEnded: (() => void) | undefined,
): SignalRound {
  const attempt = `signal the processes of ${directories.join(', ')}`;
  const round = orThrow(native.signalGroupMembers(directories, signal, skip, onEnded), attempt);
  const { watch } = round;
  return {
    reached: [...round.reached],
    refused: pairs(round.refused),
    watch: watch === undefined ? undefined : orThrow(watch, `watch the processes that ${attempt}`),
  };
}

/** What the addon gives as pid, errno, pid, errno, … */
export function pairs(numbers: Int32Array): Refusal[] {
  const result: Refusal[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    result.push({ pid: numbers[at] ?? 0, errno: numbers[at + 1] ?? 0 });
  }
  return result;
}

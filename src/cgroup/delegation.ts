// Pure but for the files that it is given: which groups this process may arrange as it likes.

import type { CgroupFiles } from './cgroup-files.ts';
import type { DelegatedSubtree } from './host-layout.ts';

/** What is known before the search. */
export interface DelegationFacts {
  /** Absolute directory of the mount of the unified hierarchy. */
  readonly mount: string;
  /** Absolute directory of the group that this process is in. */
  readonly own: string;
  readonly euid: number;
  readonly files: CgroupFiles;
}

/** What a user in a login session can do about it. */
const delegateAdvice: string =
  'Start this program by `systemd-run --user --scope -p Delegate=yes`, or as a service with `Delegate=yes`';

/**
 * The nearest group at or above our own that a service manager has marked. Without any mark a unit that belongs to the user of
 * this process: systemd before 251 has no mark that users can read, and gives units away only when they are delegated.
 * Without units the topmost group that belongs to the user.
 *
 * A user's own service manager runs in a marked group too. What it starts without `Delegate=yes` belongs to the same user,
 * but it is the manager's to arrange, so the search ends there.
 */
export function findDelegated(
  facts: DelegationFacts,
): DelegatedSubtree | { readonly none: string } {
  const { files, own } = facts;
  const chain = chainOf(facts);
  const marked = chain.find((directory) => files.isMarkedDelegated(directory));
  if (marked !== undefined) {
    if (isServiceManager(marked) && !isServiceManager(own)) {
      return notDelegated(`${own} belongs to the service manager in ${marked}, and`, facts);
    }
    return usable(facts, marked, 'systemd');
  }
  const isOwned = (directory: string): boolean =>
    facts.euid !== 0 && files.owner(directory) === facts.euid;
  const unit = chain.find(isUnit);
  if (unit !== undefined) {
    if (isOwned(unit)) {
      return usable(facts, unit, 'owner');
    }
    return notDelegated(`the unit ${unit}`, facts);
  }
  // To root every group belongs: that says nothing about who arranges it.
  const owned = topmostOf([...chain, facts.mount], isOwned);
  if (owned === undefined) {
    return notDelegated(own, facts);
  }
  return usable(facts, owned, 'owner');
}

/** Root has a place without it. */
function notDelegated(what: string, { euid }: DelegationFacts): { readonly none: string } {
  const fact = `${what} was not delegated to this process`;
  return { none: euid === 0 ? fact : `${fact}. ${delegateAdvice}` };
}

/** From our own group up to the mount, which is not among them: the top is nobody's. */
function chainOf({ mount, own }: DelegationFacts): readonly string[] {
  const chain: string[] = [];
  let directory = own;
  while (directory.length > mount.length && directory.startsWith(mount)) {
    chain.push(directory);
    directory = directory.slice(0, directory.lastIndexOf('/'));
  }
  return chain;
}

/** The last of those at the beginning that fit. */
function topmostOf(
  chain: readonly string[],
  fits: (directory: string) => boolean,
): string | undefined {
  const end = chain.findIndex((directory) => !fits(directory));
  return (end === -1 ? chain : chain.slice(0, end)).at(-1);
}

function usable(
  { own, files }: DelegationFacts,
  directory: string,
  by: DelegatedSubtree['by'],
): DelegatedSubtree | { readonly none: string } {
  if (!files.isWritable(directory) || !files.isWritable(`${directory}/cgroup.procs`)) {
    return {
      none: `${directory} is delegated, but this process may not write it. Run as the user that it was delegated to`,
    };
  }
  return { directory, by, holdsUs: directory === own };
}

/** `user@1000.service`: the service manager of a user. */
function isServiceManager(directory: string): boolean {
  return /\/user@\d+\.service$/.test(directory);
}

function isUnit(directory: string): boolean {
  return /\.(?:service|scope)$/.test(directory);
}

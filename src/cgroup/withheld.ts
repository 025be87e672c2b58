// Pure but for the files that it is given: why task groups do not get a controller that the host has.

import type { CgroupFiles } from './cgroup-files.ts';
import { wordsOf } from './layout-of.ts';
import { chainBelow, v2Controllers } from './make-parents.ts';
import type { V2Candidate } from './place-candidate.ts';

/** What groups below a parent of version 2 get, and what they do not get. */
export interface HandedDown {
  readonly controllers: readonly string[];
  readonly withheld: Readonly<Record<string, string>>;
}

/** @param known the controllers of version 2 at the mount */
export function handedDown(
  candidate: V2Candidate,
  known: readonly string[],
  files: CgroupFiles,
): HandedDown {
  const on = wordsIn(candidate.parent, 'cgroup.subtree_control', files);
  const missing = known.filter((name) => v2Controllers.includes(name) && !on.includes(name));
  const reasons = missing.map((name) => [name, reasonFor(name, candidate, files)] as const);
  return {
    controllers: v2Controllers.filter((name) => on.includes(name)),
    withheld: Object.fromEntries(reasons),
  };
}

/** The uppermost group that has the controller and does not hand it down. */
function reasonFor(controller: string, candidate: V2Candidate, files: CgroupFiles): string {
  const { top, parent } = candidate;
  const chain = [top, ...chainBelow(top, parent)];
  const stops = chain.find(
    (directory) => !wordsIn(directory, 'cgroup.subtree_control', files).includes(controller),
  );
  const directory = stops ?? parent;
  if (!wordsIn(directory, 'cgroup.controllers', files).includes(controller)) {
    return `${directory} does not have it: the groups above do not hand it down. Enable it there (\`Delegate=yes\` of the unit)`;
  }
  const holds = (files.read(`${directory}/cgroup.procs`) ?? '') !== '';
  const isTop = files.read(`${directory}/cgroup.type`) === undefined;
  if (holds && !isTop) {
    return (
      `${directory} holds processes, so it cannot hand controllers down (cgroups(7)). ` +
      'Move them into a group below it (`DelegateSubgroup=` of systemd 254)'
    );
  }
  return `${directory} does not hand it down, and is not ours to change. Enable it: echo +${controller} > ${directory}/cgroup.subtree_control`;
}

function wordsIn(directory: string, name: string, files: CgroupFiles): readonly string[] {
  return wordsOf(files.read(`${directory}/${name}`) ?? '');
}

// Owner of the groups under which one group per task is made: finds where they may be, makes them, removes them.

import { type HostLayout, readHostLayout } from './host-layout.ts';
import { makeChain, type ParentGroup, removeParent } from './make-parents.ts';
import { parentPath } from './parent-path.ts';
import { defaultCandidates, namedCandidate, type PlaceCandidate } from './place-candidate.ts';
import { PlaceError } from './place-errors.ts';
import { directoriesOf } from './place-trial.ts';
import { provePlace } from './prove-place.ts';
import { whileRemoved } from './while-removed.ts';

/** One controller of version 1 and the group in its hierarchy under which task groups are made. */
export interface V1Parent {
  readonly controller: string;
  /** Absolute. Controllers that are mounted together have the same directory: make, join and remove it once. */
  readonly directory: string;
}

/** Where task groups are made. Frozen; proven by a process that was started in a group below it. */
export interface TaskPlace {
  readonly mode: 'v2' | 'hybrid' | 'v1';
  /**
   * The groups under which one group per task is made. `v2` is absent in mode `v1`; `v1` is empty in mode `v2`, and in mode
   * `hybrid` for an ordinary user, to whom nothing of version 1 is delegated.
   */
  readonly parent: { readonly v2?: string; readonly v1: readonly V1Parent[] };
  /** What limits can use in a task's group; those of version 1 are in `parent.v1`, all others are of version 2. */
  readonly controllers: readonly string[];
  /** Controllers that the host has and task groups do not get, each with the reason in words. */
  readonly withheld: Readonly<Record<string, string>>;
  /** Whether groups have cgroup.kill (Linux 5.14). */
  readonly killFile: boolean;
  /** `delegated`: below a subtree that was delegated to this process; `root`: below the top; `config`: `cgroupParent` named it. */
  readonly origin: 'delegated' | 'root' | 'config';
  /** Groups from below what was there down to the parents: made where absent, those above come first. */
  readonly groups: readonly ParentGroup[];
}

/** No place, with the reason for people: what was tried, why it failed, what to do. */
export interface NoTaskPlace {
  readonly none: string;
}

/** Which place is looked for. */
export interface TaskPlaceOptions {
  /**
   * The group under which task groups are made: a path below the mounts of the hierarchies, `jobs/web`, or an absolute
   * directory below one of them; for an ordinary user a relative one is below the delegated subtree. Made where it is absent.
   * @default `raw-exec.slice` on version 2, `raw-exec` on version 1
   */
  readonly cgroupParent?: string;
  /** Controllers without which the place is of no use. @default [] */
  readonly controllers?: readonly string[];
  /** What the host gives, when it has been read already. */
  readonly layout?: HostLayout;
}

/**
 * Finds the first place where a process can really be started in a group of its own, and leaves the parents there.
 *
 * Rejects with PlaceError when `cgroupParent` or `controllers` cannot be honoured; nothing is left behind then. Without them
 * it resolves with a reason when there is no place at all.
 */
export async function findTaskPlace(
  options: TaskPlaceOptions = {},
): Promise<TaskPlace | NoTaskPlace> {
  const layout = options.layout ?? readHostLayout();
  const euid = process.geteuid?.() ?? 0;
  const { cgroupParent, controllers = [] } = options;
  if (cgroupParent !== undefined) {
    const place = await whileRemoved(() => provePlace(named(layout, cgroupParent, euid), layout));
    return withControllers(place, controllers, layout);
  }
  const failures: PlaceError[] = [];
  for (const candidate of defaultCandidates(layout, euid)) {
    try {
      const place = await whileRemoved(() => provePlace(candidate, layout));
      return await withControllers(place, controllers, layout);
    } catch (error) {
      if (!(error instanceof PlaceError)) {
        throw error;
      }
      failures.push(error);
    }
  }
  const lacking = failures.find(({ code }) => code === 'ERR_CGROUP_CONTROLLERS');
  if (lacking !== undefined) {
    throw lacking;
  }
  const reasons = failures.map(({ message }) => message);
  return { none: reasons.length > 0 ? reasons.join('. ') : noCandidate(layout) };
}

/** Makes the parents of a place again when somebody has removed them; harmless otherwise. Rejects with PlaceError. */
export async function remakeTaskPlace({ groups, parent }: TaskPlace): Promise<void> {
  const parents = directoriesOf(parent);
  await whileRemoved(async () => {
    for (const directory of parents) {
      await makeChain(groups.filter((group) => `${directory}/`.startsWith(`${group.directory}/`)));
    }
  });
}

/** Removes the parents that are ours, unless somebody uses them: another supervisor's tasks may be below. */
export async function releaseTaskPlace({ groups }: Pick<TaskPlace, 'groups'>): Promise<void> {
  for (const group of [...groups].reverse()) {
    await removeParent(group);
  }
}

function named(layout: HostLayout, path: unknown, euid: number): PlaceCandidate {
  const below = parentPath(path, layout);
  if (layout.mode === 'none') {
    throw new PlaceError('ERR_CGROUP_UNAVAILABLE', below, noCandidate(layout));
  }
  return namedCandidate(layout, { path: below, isAbsolute: `${path}`.startsWith('/'), euid });
}

async function withControllers(
  place: TaskPlace,
  wanted: readonly string[],
  { controllers }: HostLayout,
): Promise<TaskPlace> {
  const missing = wanted.find((controller) => !place.controllers.includes(controller));
  if (missing === undefined) {
    return place;
  }
  await releaseTaskPlace(place);
  const path = place.parent.v2 ?? place.parent.v1[0]?.directory ?? '';
  const why =
    place.withheld[missing] ??
    (Object.hasOwn(controllers, missing)
      ? 'This host has it, but groups of tasks do without: leave it out'
      : 'This host has no such controller');
  throw new PlaceError(
    'ERR_CGROUP_CONTROLLERS',
    path,
    `the controller ${missing} is asked for. ${why}`,
  );
}

function noCandidate({ remarks, delegated, mode }: HostLayout): string {
  if (mode === 'none') {
    return remarks.join(' ');
  }
  const why = 'none' in delegated ? delegated.none : '';
  return why === '' ? 'no group may be made here' : why;
}

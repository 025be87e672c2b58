// Owner of descriptors below an allocation directory. Names are looked up one by one, each in the directory before it, so that no
// link that a task has put there, or puts there at this moment, leads out.

import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { codeOf, hasErrorCode } from '../../system-code.ts';
import { refuse } from './respond.ts';

/**
 * open(2): what has the name is not opened, so that no FIFO waits and no device does anything. Node has no name for it; the number
 * is the same on all machines that this package is built for.
 */
const pathOnly = 0x20_0000;
const stepFlags = pathOnly | constants.O_NOFOLLOW;
const readFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
/** As many as the kernel follows, see path_resolution(7). */
const mostLinks = 40;
/** Each level takes a descriptor while it is looked up. */
const mostLevels = 128;
/** Of a task's directory: only its user may read them, see allocation-directory.ts. */
const closedNames: readonly string[] = ['secrets', 'private'];
const sharedName = 'alloc';

interface Step {
  readonly name: string;
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/** Something below an allocation directory, which stays the same whatever its name is given to. To be closed. */
export class FoundFile {
  readonly #steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** Empty for the allocation directory itself. */
  get name(): string {
    return this.#last.name;
  }

  get stats(): Stats {
    return this.#last.stats;
  }

  /** The path of what was found, as long as this is open; it is that of a link for links. */
  get path(): string {
    return pathOf(this.#last.handle);
  }

  /** The directory that it is in; undefined for the allocation directory itself. */
  get parentPath(): string | undefined {
    const parent = this.#steps.at(-2);
    return parent === undefined ? undefined : pathOf(parent.handle);
  }

  /** Only for regular files: opening anything else may wait or do something. */
  async openToRead(): Promise<FileHandle> {
    if (!this.stats.isFile()) throw new Error(`${this.name} is no regular file`);
    return open(this.path, readFlags);
  }

  async close(): Promise<void> {
    await closeAll(this.#steps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #last(): Step {
    const last = this.#steps.at(-1);
    if (last === undefined) throw new Error('there is no step');
    return last;
  }
}

/**
 * Links are followed as long as they stay inside. What tasks keep for themselves is refused; what one has moved out of there it shows.
 *
 * @param root the allocation directory; absolute
 * @param path below it, with or without a slash at its beginning
 * @throws HTTPException 400 for a path that leads out or cannot be one, 403 for what is closed, 404 for what is not there
 */
export async function findInside(root: string, path: string): Promise<FoundFile> {
  if (path.includes('\0')) throw refuse(400, 'a path holds no zero byte');
  const steps: Step[] = [];
  try {
    steps.push(await openStep('', root));
    await walk(root, namesOf(path), steps);
    return new FoundFile(steps);
  } catch (error) {
    await closeAll(steps);
    throw refusalOf(error, path);
  }
}

/** Why a path is not looked up any further. */
class NotInside extends Error {
  readonly status: 400 | 403;

  constructor(status: 400 | 403, why: string) {
    super(why);
    this.status = status;
  }
}

/** A name in a directory that was found, without following it. @returns undefined when it has gone */
export async function findEntry(
  directory: FoundFile,
  name: string,
): Promise<FoundFile | undefined> {
  try {
    return new FoundFile([await openStep(name, `${directory.path}/${name}`)]);
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT'])) return undefined;
    throw error;
  }
}

async function walk(root: string, names: string[], steps: Step[]): Promise<void> {
  const [top] = steps;
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const parent = steps.at(-1);
    if (parent === undefined || top === undefined) throw leadsOut();
    if (!parent.stats.isDirectory()) throw new NotInside(400, `${parent.name} is no directory`);
    if (name === '..') {
      if (parent === top) throw leadsOut();
      steps.pop();
      await parent.handle.close();
      continue;
    }
    const place = `${pathOf(parent.handle)}/${name}`;
    const step = await openStep(name, place);
    if (!step.stats.isSymbolicLink()) {
      steps.push(step);
      refuseClosed(steps);
      continue;
    }
    await step.handle.close();
    links += 1;
    if (links > mostLinks)
      throw new NotInside(400, `more than ${mostLinks} links have to be followed`);
    const target = await linkTarget(place);
    // Exchanged since: looked up again.
    if (target === undefined) names.unshift(name);
    else {
      if (target.startsWith('/')) await closeAll(steps.splice(1));
      names.unshift(...namesOf(target.startsWith('/') ? below(root, target) : target));
    }
  }
}

async function openStep(name: string, place: string): Promise<Step> {
  const handle = await open(place, stepFlags);
  try {
    return { name, handle, stats: await handle.stat() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @returns undefined when there is no link any more */
async function linkTarget(place: string): Promise<string | undefined> {
  try {
    return await readlink(place);
  } catch (error) {
    if (hasErrorCode(error, ['EINVAL'])) return undefined;
    throw error;
  }
}

function refuseClosed(steps: readonly Step[]): void {
  const [, task, own] = steps;
  if (own !== undefined && task?.name !== sharedName && closedNames.includes(own.name))
    throw new NotInside(403, `what is in ${own.name}/ is for its task alone`);
  if (steps.length > mostLevels) throw new NotInside(400, `it has more than ${mostLevels} levels`);
}

/** Programs make links with the absolute paths that they know from their environment. */
function below(root: string, target: string): string {
  if (target === root) return '';
  if (target.startsWith(`${root}/`)) return target.slice(root.length);
  throw leadsOut();
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function pathOf({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}

async function closeAll(steps: readonly Step[]): Promise<void> {
  for (const { handle } of steps) await handle.close();
}

function leadsOut(): NotInside {
  return new NotInside(403, 'it leads out of the allocation directory');
}

/** What a client is to know becomes an answer; the rest is passed on. */
function refusalOf(error: unknown, path: string): unknown {
  const shown = JSON.stringify(path);
  if (error instanceof NotInside)
    return refuse(error.status, `cannot read ${shown}: ${error.message}`);
  switch (codeOf(error)) {
    case 'ENOENT':
      return refuse(404, `there is no ${shown} in the allocation directory`);
    case 'EACCES':
    case 'EPERM':
      return refuse(403, `cannot read ${shown}: the agent's user may not`);
    case 'ENAMETOOLONG':
      return refuse(400, `cannot read ${shown}: a name in it is too long`);
    default:
      return error;
  }
}

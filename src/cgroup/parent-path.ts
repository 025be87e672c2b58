// Pure but for the look at links: from a configured `cgroup_parent` to a path below the mounts of all hierarchies.

import { realpathSync } from 'node:fs';
import { InvalidOptionError } from '../errors.ts';
import { codeOf } from '../system-code.ts';
import type { HostLayout } from './host-layout.ts';
import { PlaceError } from './place-errors.ts';

/** Longest name of a file, NAME_MAX. */
const longestName = 255;

/**
 * The part of a configured parent that is below the mount of its hierarchy: `jobs/web`. The same part counts in every hierarchy.
 *
 * A relative path is that part already. An absolute one has to lie below the mount of one of the host's hierarchies.
 *
 * Throws InvalidOptionError for what is no text; `ERR_CGROUP_PATH` for an empty path, one with `..` or with characters or lengths
 * that no group has; `ERR_CGROUP_OUTSIDE`; `ERR_CGROUP_SYMLINK`.
 */
export function parentPath(value: unknown, layout: HostLayout): string {
  if (typeof value !== 'string') {
    const message = `cgroupParent must be the path of a cgroup, got ${typeof value}`;
    throw new InvalidOptionError('ERR_INVALID_OPTION', 'cgroupParent', message);
  }
  const names = value.split('/').filter((name) => name !== '');
  checkNames(value, names);
  if (!value.startsWith('/')) {
    return names.join('/');
  }
  const path = `/${names.join('/')}`;
  const mount = mountOf(path, layout);
  if (mount === undefined) {
    throw outside(path, layout);
  }
  if (path === mount) {
    throw new PlaceError(
      'ERR_CGROUP_PATH',
      path,
      'it is the top of its hierarchy. Name a group below it',
    );
  }
  return path.slice(mount.length + 1);
}

function checkNames(path: string, names: readonly string[]): void {
  const refuse = (why: string): never => {
    throw new PlaceError('ERR_CGROUP_PATH', path, why);
  };
  if (names.length === 0) {
    refuse('the path is empty. Name a group, such as raw-exec.slice');
  }
  if (names.includes('..') || names.includes('.')) {
    refuse('the path has a part "." or "..". Write it without');
  }
  if (names.some((name) => /[\0\n]/.test(name))) {
    refuse('the path has a NUL or a line break in it. No group has such a name');
  }
  const long = names.find((name) => Buffer.byteLength(name) > longestName);
  if (long !== undefined) {
    refuse(`a part of the path is longer than ${longestName} bytes. Shorten it`);
  }
}

function mountsOf({ v2, v1 }: HostLayout): readonly string[] {
  return [...(v2 === undefined ? [] : [v2.mount]), ...v1.map(({ mount }) => mount)];
}

/** The longest one: a hierarchy may be mounted inside another's mount. */
function mountOf(path: string, layout: HostLayout): string | undefined {
  return mountsOf(layout)
    .filter((mount) => path === mount || path.startsWith(`${mount}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function outside(path: string, layout: HostLayout): PlaceError {
  const real = realPath(path);
  const isLink = real !== path && mountOf(real, layout) !== undefined;
  return isLink
    ? new PlaceError(
        'ERR_CGROUP_SYMLINK',
        path,
        `it is a symbolic link, or below one. Name ${real} itself`,
      )
    : new PlaceError(
        'ERR_CGROUP_OUTSIDE',
        path,
        `it is not below a cgroup mount. This host has ${mountsOf(layout).join(', ') || 'none'}`,
      );
}

/** Of the longest part that is there, with the rest behind it. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const slash = path.lastIndexOf('/');
    if (codeOf(error) !== 'ENOENT' || slash <= 0) {
      return path;
    }
    return `${realPath(path.slice(0, slash))}${path.slice(slash)}`;
  }
}

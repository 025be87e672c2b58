// Pure: a file as Nomad's API tells it.

import type { Stats } from 'node:fs';
import type { Json } from './job-json.ts';

const rights = 'rwxrwxrwx';
const setUserId = 0o4000;
const setGroupId = 0o2000;
const sticky = 0o1000;

/** @param contentType see content-type.ts */
export function fileInfo(name: string, stats: Stats, contentType: string): Json {
  return {
    Name: name,
    IsDir: stats.isDirectory(),
    Size: stats.size,
    FileMode: modeText(stats),
    ModTime: stats.mtime.toISOString(),
    ContentType: contentType,
  };
}

/** As Go writes modes: letters for what it is, and then nine for who may do what. */
export function modeText(stats: Stats): string {
  const { mode } = stats;
  const kind =
    (stats.isDirectory() ? 'd' : '') +
    (stats.isSymbolicLink() ? 'L' : '') +
    (stats.isBlockDevice() || stats.isCharacterDevice() ? 'D' : '') +
    (stats.isFIFO() ? 'p' : '') +
    (stats.isSocket() ? 'S' : '') +
    ((mode & setUserId) === 0 ? '' : 'u') +
    ((mode & setGroupId) === 0 ? '' : 'g') +
    (stats.isCharacterDevice() ? 'c' : '') +
    ((mode & sticky) === 0 ? '' : 't');
  const who = [...rights].map((right, at) => ((mode >> (8 - at)) & 1 ? right : '-')).join('');
  return (kind === '' ? '-' : kind) + who;
}

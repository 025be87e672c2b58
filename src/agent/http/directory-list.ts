// Owner of nothing: what is in a directory of an allocation. Only regular files are opened, for their first bytes.

import { readdir } from 'node:fs/promises';
import { hasErrorCode } from '../../system-code.ts';
import { contentType, sniffedBytes, unknownType } from './content-type.ts';
import { fileInfo } from './file-info.ts';
import { type FoundFile, findEntry } from './find-inside.ts';
import type { Json } from './job-json.ts';

/** How many entries are looked at together. */
const atOnce = 32;

/** By name; links are told as links. */
export async function listDirectory(directory: FoundFile): Promise<Json[]> {
  const names = (await readdir(directory.path)).sort();
  const list: Json[] = [];
  for (let from = 0; from < names.length; from += atOnce) {
    const part = names.slice(from, from + atOnce);
    for (const one of await Promise.all(part.map((name) => infoOf(directory, name)))) {
      if (one !== undefined) list.push(one);
    }
  }
  return list;
}

export async function entryInfo(name: string, file: FoundFile): Promise<Json> {
  return fileInfo(name, file.stats, await typeOf(file));
}

/** @returns undefined for what has gone since */
async function infoOf(directory: FoundFile, name: string): Promise<Json | undefined> {
  const entry = await findEntry(directory, name);
  if (entry === undefined) return undefined;
  try {
    return await entryInfo(name, entry);
  } finally {
    await entry.close();
  }
}

async function typeOf(file: FoundFile): Promise<string> {
  if (!file.stats.isFile()) return unknownType;
  try {
    await using handle = await file.openToRead();
    const start = Buffer.alloc(sniffedBytes);
    const { bytesRead } = await handle.read(start, 0, sniffedBytes, 0);
    return contentType(start.subarray(0, bytesRead));
  } catch (error) {
    // Its name may be told all the same.
    if (hasErrorCode(error, ['EACCES', 'EPERM'])) return unknownType;
    throw error;
  }
}

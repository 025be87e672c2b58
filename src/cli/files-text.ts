// Pure: what `raw-exec fs` shows of files.

import { bytesText } from './bytes-text.ts';
import { table } from './table.ts';

/** As the API tells it. */
export interface FileInfo {
  readonly Name: string;
  readonly IsDir: boolean;
  readonly Size: number;
  readonly FileMode: string;
  readonly ModTime: string;
  readonly ContentType: string;
}

export function filesText(files: readonly FileInfo[]): string {
  if (files.length === 0) return 'Nothing.\n';
  return table([['Mode', 'Size', 'Modified', 'Name'], ...files.map(rowOf)]);
}

export function fileText(file: FileInfo): string {
  return table([
    ['Name', `= ${nameOf(file)}`],
    ['Mode', `= ${file.FileMode}`],
    ['Size', `= ${file.Size} bytes`],
    ['Modified', `= ${file.ModTime}`],
    ['Type', `= ${file.IsDir ? 'directory' : file.ContentType}`],
  ]);
}

function rowOf(file: FileInfo): string[] {
  const size = file.IsDir ? '' : bytesText(file.Size);
  return [file.FileMode, size, file.ModTime.replace(/\.\d+Z$/, 'Z'), nameOf(file)];
}

/** A task may give its files names that would do something to a terminal. */
function nameOf({ Name: name, IsDir: isDirectory }: FileInfo): string {
  const shown = /\p{Cc}/u.test(name) ? JSON.stringify(name) : name;
  return isDirectory ? `${shown}/` : shown;
}

// Pure: errno numbers for people.

import { getSystemErrorMap } from 'node:util';

/** Texts that the runtime's table lacks; the rest comes from there. */
const extraTexts: Readonly<Record<string, string>> = {
  EDQUOT: 'disk quota exceeded',
  ELIBBAD: 'a library that it needs is damaged',
  ENOEXEC: 'exec format error',
  ENOKEY: 'required key not available',
  ESTALE: 'stale file handle',
  EUSERS: 'too many users',
};

/** The name of a positive errno: `'EACCES'`, or `'errno 999'` when it has none. */
export function errnoName(errno: number): string {
  // Only now: an import of the package must not pay for the loading of node:os.
  const { errno: numbers } = process.getBuiltinModule('node:os').constants;
  for (const [name, number] of Object.entries(numbers)) {
    if (number === errno) return name;
  }
  return `errno ${errno}`;
}

/** Name and meaning for messages: `'EACCES (permission denied)'`. */
export function describeErrno(errno: number): string {
  const name = errnoName(errno);
  const text = getSystemErrorMap().get(-errno)?.[1] ?? extraTexts[name];
  return text === undefined ? name : `${name} (${text})`;
}

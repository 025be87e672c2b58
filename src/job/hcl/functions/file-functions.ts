/** Functions of files and their paths. They read when they are called. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import type { Value } from '../value.ts';
import { checkSize, textOf } from './arguments.ts';
import { matchesPath } from './glob.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';

/** Functions that only cut paths. */
export const pathFunctions: FunctionTable = {
  basename: { parameters: ['path'], call: (args) => basename(textOf(args, 0)) },
  dirname: { parameters: ['path'], call: (args) => dirname(textOf(args, 0)) },
};

/** Functions that ask the file system; relative paths start at `directory`. */
export function fileFunctions(directory: string): FunctionTable {
  const pathOf = (args: readonly Value[]): string =>
    resolve(directory, expandHome(textOf(args, 0)));
  return {
    abspath: { parameters: ['path'], call: (args) => resolve(directory, textOf(args, 0)) },
    pathexpand: { parameters: ['path'], call: (args) => expandHome(textOf(args, 0)) },
    file: { parameters: ['path'], call: (args) => decodeText(readBytes(pathOf(args))) },
    filebase64: {
      parameters: ['path'],
      call: (args) => readBytes(pathOf(args)).toString('base64'),
    },
    fileexists: { parameters: ['path'], call: (args) => isFile(pathOf(args)) },
    fileset: {
      parameters: ['directory', 'pattern'],
      call: (args) => filesOf(pathOf(args), textOf(args, 1)),
    },
  };
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fault(error);
  }
}

function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) {
      throw error;
    }
    throw new FunctionFault('the file is no text in UTF-8: use filebase64', 0);
  }
}

function isFile(path: string): boolean {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) {
      throw new FunctionFault('this is a directory', 0);
    }
    return stats !== undefined;
  } catch (error) {
    throw fault(error);
  }
}

function filesOf(directory: string, pattern: string): Value {
  const matches = matchesPath(pattern);
  const found: string[] = [];
  const walk = (inside: string): void => {
    for (const entry of readdirSync(resolve(directory, inside), { withFileTypes: true })) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) {
        walk(path);
      } else if (entry.isFile() && matches(path)) {
        found.push(path);
        checkSize(found.length);
      }
    }
  };
  try {
    walk('');
  } catch (error) {
    throw fault(error);
  }
  return found.sort();
}

/** Node's message names the path and the reason. */
function fault(error: unknown): Error {
  if (error instanceof FunctionFault || !(error instanceof Error)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  return new FunctionFault(error.message, 0);
}

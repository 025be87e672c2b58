// Owner of looking at the machine: what a build needs beyond Node's own packages, and how to get it.

import { spawnSync } from 'node:child_process';
import { findNodeDir, missingHeadersMessage } from './node-headers.mjs';

const minimumNode = [20, 19];

function answer(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

function isAtLeast(version, [major, minor]) {
  const [foundMajor = 0, foundMinor = 0] = version.split('.').map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

function checkNode() {
  const version = process.versions.node;
  if (isAtLeast(version, minimumNode)) return undefined;
  return `Node ${minimumNode.join('.')} or newer (this is ${version}): see https://nodejs.org/en/download`;
}

function checkPlatform() {
  return process.platform === 'linux' ? undefined : `Linux (this is ${process.platform})`;
}

function checkCompiler() {
  const version = answer(process.env.CXX ?? 'g++', ['-dumpfullversion', '-dumpversion']);
  if (version === undefined) return 'g++:  apt-get install g++';
  if (isAtLeast(version, [10, 0])) return undefined;
  return `g++ 10 or newer for C++20 (this is ${version}):  apt-get install g++`;
}

function checkMake() {
  return answer('make', ['--version']) === undefined ? 'make:  apt-get install make' : undefined;
}

function checkPython() {
  const program = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const version = answer('python3', ['-c', program]);
  if (version === undefined) return 'python3:  apt-get install python3';
  return isAtLeast(version, [3, 8]) ? undefined : `python3 3.8 or newer (this is ${version})`;
}

function checkHeaders() {
  return findNodeDir() === undefined ? missingHeadersMessage() : undefined;
}

/** Throws one error that names everything that is missing, each with how to get it. */
export function requirePrerequisites({ isNative = true } = {}) {
  const checks = [checkPlatform, checkNode];
  if (isNative) checks.push(checkCompiler, checkMake, checkPython, checkHeaders);
  const missing = checks.map((check) => check()).filter((line) => line !== undefined);
  if (missing.length === 0) return;
  throw new Error(
    `raw-exec cannot be built, there is no\n${missing.map((line) => `  - ${line}`).join('\n')}`,
  );
}

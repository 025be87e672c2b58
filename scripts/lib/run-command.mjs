// Owner of the processes that the scripts start.

import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/** A command ended badly. `output` is what it said, already shown to the user when `isShown`. */
export class CommandError extends Error {
  constructor(command, end, output, isShown) {
    super(`${command} ended with ${end}`);
    this.output = output;
    this.isShown = isShown;
  }
}

/**
 * Runs a command and waits for it.
 * `quiet` keeps its output back and returns it; a failure then carries it in `CommandError.output`.
 */
export function runCommand(command, args, { cwd = root, env = process.env, quiet = false } = {}) {
  const { promise, resolve, reject } = deferred();
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  child.on('error', reject);
  child.on('close', (code, signal) => {
    if (code === 0) resolve(output);
    else
      reject(
        new CommandError([command, ...args].join(' '), signal ?? `code ${code}`, output, !quiet),
      );
  });
  return promise;
}

/** Runs a Node script with the Node that runs this one. */
export function runNode(script, args, options) {
  return runCommand(process.execPath, [script, ...args], options);
}

// Promise.withResolvers came with Node 22.
function deferred() {
  const result = {};
  result.promise = new Promise((resolve, reject) => {
    result.resolve = resolve;
    result.reject = reject;
  });
  return result;
}

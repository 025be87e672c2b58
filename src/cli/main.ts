#!/usr/bin/env node
// The command line's first file. It loads next to nothing itself: a command is ready before the libraries of another
// one would have been read.

import { printOut } from './print.ts';
import { version } from './version.ts';

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    printOut(`${version}\n`);
    return;
  }
  const { runProgram } = await import('./program.ts');
  await runProgram(args);
}

await main();

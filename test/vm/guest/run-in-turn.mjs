// Runs test files in turn in this one process. Most of what a process of its own costs a file under emulation, several seconds,
// is the start of Node and the loading of the library.
// Arguments: a file that is told of the progress, and the test files. The name of each is written when it begins, and `end`
// behind the last: so whoever has started this knows which file has ended the process.

import { appendFileSync } from 'node:fs';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';

const fileTimeoutMs = 600_000;
const [progressFile, ...files] = process.argv.slice(2);

const tell = (line) => appendFileSync(progressFile, `${line}\n`);

// A test that waits for what never comes: node:test gives up, and tells nothing of what would run behind it.
let isGivenUp = false;
process.once('beforeExit', () => {
  isGivenUp = true;
});

for (const file of files) {
  tell(file);
  // A suite of its own: its hooks are those of the file, and what they look at is what this file has left.
  const suite = describe(file, { timeout: fileTimeoutMs }, async () => {
    await import(pathToFileURL(file).href);
  });
  // Of Node 20 and 22.
  if (!(suite instanceof Promise)) throw new Error('this Node does not tell when a suite is over');
  await suite;
  if (isGivenUp) break;
}
if (!isGivenUp) tell('end');

// What a Node program does that has to get a pipe into a file: standard input into the file of its only argument.

import { createWriteStream } from 'node:fs';
import { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

await pipeline(
  new Socket({ fd: 0, readable: true }),
  createWriteStream(process.argv[2] ?? '', { flags: 'a' }),
);

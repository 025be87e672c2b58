// What a log is read with: loaded when the first one is read.

// biome-ignore-all lint/performance/noBarrelFile: its parts are always needed together, and only through it

export { LogReader } from './log-reader.ts';
export { splitLines } from './split-lines.ts';

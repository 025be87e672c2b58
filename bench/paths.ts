// Pure: where things lie. The compiled harness runs from build/bench.

import { fileURLToPath } from 'node:url';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The benchmark's sources. */
export const benchFolder: string = fromHere('../../bench/');
/** Compiled workers and programs. */
export const buildFolder: string = fromHere('./');
export const rootFolder: string = fromHere('../../');

export const workerFile = (name: string): string => `${buildFolder}workers/${name}.js`;
export const programFile = (name: string): string => `${buildFolder}bin/${name}`;

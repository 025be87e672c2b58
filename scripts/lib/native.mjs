// Owner of build/Release: the addon, the forker, the reaper and the keeper, made by node-gyp from binding.gyp, without a network.

import { rmSync } from 'node:fs';
import { findNodeDir } from './node-headers.mjs';
import { inRoot, tools } from './paths.mjs';
import { runNode } from './run-command.mjs';

export const addonFile = 'raw_exec.node';
export const forkerFile = 'raw-exec-forker';
export const reaperFile = 'raw-exec-reaper';
export const keeperFile = 'raw-exec-keeper';
export const nativeFiles = [addonFile, forkerFile, reaperFile, keeperFile];

/** Never `rebuild` or `clean`: they delete build/ with everything else that lies there. */
export async function buildNative() {
  const args = [
    'configure',
    'build',
    `--nodedir=${findNodeDir()}`,
    '--jobs=max',
    '--loglevel=warn',
  ];
  try {
    await runNode(tools.nodeGyp, args, { quiet: true });
  } finally {
    // A link to the machine's python that node-gyp leaves behind.
    rmSync(inRoot('build/node_gyp_bins'), { recursive: true, force: true });
  }
}

// Owner of the native addon: the only file that loads it. Each facility declares its symbols in a file of native/;
// `Native` is all of them together.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ContainmentFunctions } from './native/containment.ts';
import type { DirectoryEventFunctions } from './native/directory-events.ts';
import type { DirectoryTreeFunctions } from './native/directory-trees.ts';
import type { FileFunctions } from './native/files.ts';
import type { GroupFunctions } from './native/groups.ts';
import type { HostFunctions } from './native/host.ts';
import type { KeeperFunctions } from './native/keeper.ts';
import type { KernelFunctions } from './native/kernel.ts';
import type { NameFunctions } from './native/names.ts';
import type { PrivateMountFunctions } from './native/private-mounts.ts';
import type { ReaperFunctions } from './native/reaper.ts';
import type { ServiceManagerFunctions } from './native/service-manager.ts';
import type { SpawningFunctions } from './native/spawning.ts';
import type { StatisticsFunctions } from './native/statistics.ts';
import type { TerminalFunctions } from './native/terminal.ts';

export interface Native
  extends ContainmentFunctions,
    DirectoryEventFunctions,
    DirectoryTreeFunctions,
    FileFunctions,
    GroupFunctions,
    HostFunctions,
    KeeperFunctions,
    KernelFunctions,
    NameFunctions,
    PrivateMountFunctions,
    ReaperFunctions,
    ServiceManagerFunctions,
    SpawningFunctions,
    StatisticsFunctions,
    TerminalFunctions {}

// Up from dist/ in the package, from build/js/src/ in compiled tests.
function packageRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(`${directory}/package.json`) && directory !== '/') {
    directory = dirname(directory);
  }
  return directory;
}

// What the running node is linked with. Hosts with both loaders run a glibc node.
function libcName(): string {
  const isGlibc =
    existsSync('/lib64/ld-linux-x86-64.so.2') || existsSync('/lib/ld-linux-aarch64.so.1');
  if (isGlibc) return 'glibc';
  const isMusl = existsSync('/lib/ld-musl-x86_64.so.1') || existsSync('/lib/ld-musl-aarch64.so.1');
  return isMusl ? 'musl' : 'glibc';
}

function open(file: string): Native {
  const loaded: { exports: object } = { exports: {} };
  process.dlopen(loaded, file);
  return loaded.exports as Native;
}

function load(): Native {
  // For sanitizer builds and debugging: another build of the addon, by absolute path.
  const other = process.env['RAW_EXEC_ADDON'];
  if (other !== undefined && other !== '') return open(other);
  const platform = `linux-${process.arch}-${libcName()}`;
  try {
    // Where it lies in the package. `bindings` finds it too, but takes two of the few milliseconds that an import may cost.
    const prebuilt = `${packageRoot()}/prebuilds/${platform}/raw_exec.node`;
    if (existsSync(prebuilt)) return open(prebuilt);
    // Asked for here and not imported: loading node:module is a part of a millisecond as well.
    const { createRequire } = process.getBuiltinModule('node:module');
    const loadBinding = createRequire(import.meta.url)('bindings') as (options: object) => unknown;
    return loadBinding({
      bindings: 'raw_exec.node',
      module_root: packageRoot(),
      try: [
        ['module_root', 'prebuilds', platform, 'bindings'],
        ['module_root', 'build', 'Release', 'bindings'],
      ],
    }) as Native;
  } catch (cause) {
    throw new Error(
      `cannot load the native addon of raw-exec for ${platform} (tried prebuilds/${platform} and ` +
        `build/Release in ${packageRoot()}): build it with \`npm run build\` (needs g++, make, python3)`,
      { cause },
    );
  }
}

/** The addon. Prebuilt first, then what `npm run build` made. */
export const native: Native = load();

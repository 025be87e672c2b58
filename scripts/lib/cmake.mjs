// Owner of build/cmake/*: the builds for contributors, configured by cmake-js from CMakeLists.txt.

import { findNodeDir } from './node-headers.mjs';
import { inRoot, tools } from './paths.mjs';
import { runCommand, runNode } from './run-command.mjs';

const kinds = {
  debug: { config: 'Debug', options: [] },
  // What is translated instruction by instruction (test/vm) should have few of them. Warnings are the other builds' matter.
  emulated: { config: 'Release', options: ['CMAKE_CXX_FLAGS_RELEASE=-O1 -w'] },
  asan: { config: 'Debug', options: ['RAW_EXEC_SANITIZE=ON'] },
  // libFuzzer comes with clang alone.
  fuzz: { config: 'Debug', options: ['RAW_EXEC_FUZZ=ON', 'CMAKE_CXX_COMPILER=clang++-14'] },
};

export const cmakeFolder = (kind) => `build/cmake/${kind}`;

/** Writes the build files and compile_commands.json. cmake-js brings Node's headers but not libuv's: those lie beside node. */
export async function configureCMake(kind) {
  const { config, options } = kinds[kind];
  const definitions = [`NODE_DIR=${findNodeDir()}`, 'CMAKE_EXPORT_COMPILE_COMMANDS=ON', ...options];
  await runNode(
    tools.cmakeJs,
    [
      'configure',
      '--log-level=error',
      `--config=${config}`,
      '--generator=Ninja',
      `--out=${inRoot(cmakeFolder(kind))}`,
      ...definitions.map((definition) => `--CD${definition}`),
    ],
    { quiet: true },
  );
}

export async function buildCMake(kind, targets) {
  await configureCMake(kind);
  await runCommand('cmake', ['--build', inRoot(cmakeFolder(kind)), '--target', ...targets], {
    quiet: true,
  });
}
